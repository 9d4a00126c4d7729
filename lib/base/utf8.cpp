#include "base/utf8.hpp"

#include <cstddef>
#include <cstring>

namespace rostrum {
namespace {

// Bytes at the front that are ASCII for sure, by eights.
std::size_t plain(ByteView piece) {
  std::size_t at = 0;
  for (std::uint64_t block = 0; at + sizeof block <= piece.size(); at += sizeof block) {
    std::memcpy(&block, piece.data() + at, sizeof block);
    if (block & 0x8080808080808080) break;
  }
  return at;
}

}  // namespace

bool Utf8Check::take(ByteView piece) {
  for (std::size_t i = missing_ == 0 ? plain(piece) : 0; i < piece.size(); ++i) {
    const auto byte = std::to_integer<std::uint8_t>(piece[i]);
    if (missing_ > 0) {
      if (byte < least_ || byte > most_) return false;
      least_ = 0x80;
      most_ = 0xbf;
      --missing_;
    } else if (byte >= 0x80) {
      if (byte < 0xc2 || byte > 0xf4) return false;
      missing_ = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
      if (byte == 0xe0) least_ = 0xa0;
      if (byte == 0xed) most_ = 0x9f;
      if (byte == 0xf0) least_ = 0x90;
      if (byte == 0xf4) most_ = 0x8f;
    }
  }
  return true;
}

bool is_utf8(std::string_view text) {
  Utf8Check check;
  return check.take(as_view(text)) && check.whole();
}

}  // namespace rostrum
