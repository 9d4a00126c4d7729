// Well-formed UTF-8 (RFC 3629 4: no overlong forms, no surrogates), also of text that comes in pieces.
#pragma once

#include <cstdint>
#include <string_view>

#include <rostrum/bytes.hpp>

namespace rostrum {

class Utf8Check {
 public:
  /// False at the first byte that no continuation could make right; then all further answers are worthless.
  bool take(ByteView piece);
  /// Did the text so far end at the end of a character?
  [[nodiscard]] bool whole() const { return missing_ == 0; }

 private:
  std::uint8_t missing_ = 0;   // bytes of the character under way
  std::uint8_t least_ = 0x80;  // what its next byte may be: overlong forms and surrogates show in the second byte
  std::uint8_t most_ = 0xbf;
};

bool is_utf8(std::string_view text);

}  // namespace rostrum
