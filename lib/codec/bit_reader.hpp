// Bits of a raw byte sequence payload, most significant first, never past the end.
#pragma once

#include <cstdint>
#include <vector>

#include <rostrum/bytes.hpp>

namespace rostrum::codec {

/// A read that does not fit gives 0 and makes ok() false for good.
class BitReader {
 public:
  explicit BitReader(ByteView view) : view_(view) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return view_.size() * 8 - at_; }
  std::uint32_t bit() {
    if (at_ >= view_.size() * 8) {
      ok_ = false;
      return 0;
    }
    const auto byte = std::to_integer<std::uint32_t>(view_[at_ / 8]);
    return byte >> (7 - at_++ % 8) & 1;
  }
  /// Up to 32 bits.
  std::uint32_t bits(unsigned count) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count && ok_; ++i) value = value << 1 | bit();
    return value;
  }
  bool flag() { return bit() != 0; }
  void skip(std::size_t count) {
    if (count > left()) {
      ok_ = false;
      at_ = view_.size() * 8;
    } else {
      at_ += count;
    }
  }
  /// Exp-Golomb, ISO 14496-10 9.1; codes of more than 32 leading zeros are broken.
  std::uint32_t ue() {
    unsigned zeros = 0;
    while (ok_ && !bit()) {
      if (++zeros > 31) {
        ok_ = false;
        return 0;
      }
    }
    return ok_ ? (1U << zeros) - 1 + bits(zeros) : 0;
  }
  std::int32_t se() {
    const std::uint32_t code = ue();
    const auto half = static_cast<std::int32_t>(code / 2);
    return code % 2 ? half + 1 : -half;
  }

 private:
  ByteView view_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

/// A NAL unit's payload without emulation prevention bytes (ISO 14496-10 7.4.1.1).
inline std::vector<std::byte> unescape(ByteView nal) {
  std::vector<std::byte> out;
  out.reserve(nal.size());
  unsigned zeros = 0;
  for (const std::byte byte : nal) {
    if (zeros >= 2 && byte == std::byte{3}) {
      zeros = 0;
      continue;
    }
    zeros = byte == std::byte{0} ? zeros + 1 : 0;
    out.push_back(byte);
  }
  return out;
}

}  // namespace rostrum::codec
