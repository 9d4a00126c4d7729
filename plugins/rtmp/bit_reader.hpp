// Bits of a NAL unit, past its emulation prevention bytes (ISO 14496-10 7.4.1.1), never past its end.
#pragma once

#include <cstdint>

#include <rostrum/bytes.hpp>

namespace rostrum::rtmp {

/// A read that does not fit gives 0 and makes ok() false for good.
class BitReader {
 public:
  explicit BitReader(ByteView nal) : nal_(nal) {}

  [[nodiscard]] bool ok() const { return ok_; }
  std::uint32_t bit() {
    if (left_ == 0 && !load()) return 0;
    return byte_ >> --left_ & 1;
  }
  /// Up to 32.
  std::uint32_t bits(unsigned count) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i) value = value << 1 | bit();
    return value;
  }
  void skip(unsigned count) {
    for (unsigned i = 0; i < count && ok_; ++i) bit();
  }
  /// Exp-Golomb (9.1).
  std::uint32_t ue() {
    unsigned zeros = 0;
    while (ok_ && bit() == 0) {
      if (++zeros > 31) ok_ = false;
    }
    return ok_ ? (1U << zeros) - 1 + bits(zeros) : 0;
  }

 private:
  bool load() {
    if (zeros_ >= 2 && at_ < nal_.size() && nal_[at_] == std::byte{3}) {
      ++at_;
      zeros_ = 0;
    }
    if (at_ >= nal_.size()) return ok_ = false;
    byte_ = std::to_integer<unsigned>(nal_[at_++]);
    zeros_ = byte_ == 0 ? zeros_ + 1 : 0;
    left_ = 8;
    return true;
  }
  ByteView nal_;
  std::size_t at_ = 0;
  unsigned byte_ = 0;
  unsigned left_ = 0;
  unsigned zeros_ = 0;
  bool ok_ = true;
};

}  // namespace rostrum::rtmp
