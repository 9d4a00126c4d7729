// Bits that came from outside: configuration records, sequence headers, NAL units. The bounded reader below the byte.
#pragma once

#include <cstddef>
#include <cstdint>

#include <rostrum/bytes.hpp>

namespace rostrum {

/// Reads bits, most significant first, and never past the end: a read that does not fit gives 0 and makes `ok()` false for good.
class BitReader {
 public:
  enum class Escapes : std::uint8_t {
    none,
    nal,  // emulation prevention bytes are passed over (ISO 14496-10 7.4.1.1, ISO 23008-2 7.3.1.1)
  };
  explicit BitReader(ByteView view, Escapes escapes = Escapes::none) : view_(view), escapes_(escapes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  /// Bits not read yet; emulation prevention bytes count.
  [[nodiscard]] std::size_t left() const { return (view_.size() - at_) * 8 + unread_; }
  std::uint32_t bit() {
    if (unread_ == 0 && !load()) return 0;
    return byte_ >> --unread_ & 1;
  }
  bool flag() { return bit() != 0; }
  /// Up to 32.
  std::uint32_t bits(unsigned count) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count && ok_; ++i) value = value << 1 | bit();
    return value;
  }
  void skip(std::size_t count) {
    for (; count >= 8; count -= 8) {  // a byte on: as many bits of the next are unread as were of this one
      const unsigned unread = unread_;
      if (!load()) return;
      unread_ = unread;
    }
    for (; count > 0 && ok_; --count) bit();
  }
  /// Exp-Golomb (ISO 14496-10 9.1); a code of 32 leading zeros or more is broken.
  std::uint32_t ue() {
    unsigned zeros = 0;
    while (ok_ && bit() == 0) {
      if (++zeros > 31) ok_ = false;
    }
    return ok_ ? (1U << zeros) - 1 + bits(zeros) : 0;
  }
  std::int32_t se() {
    const std::uint32_t code = ue();
    const auto half = static_cast<std::int32_t>(code / 2);
    return code % 2 != 0 ? half + 1 : -half;
  }

 private:
  bool load() {
    if (escapes_ == Escapes::nal && zeros_ >= 2 && at_ < view_.size() && view_[at_] == std::byte{3}) {
      ++at_;
      zeros_ = 0;
    }
    if (at_ >= view_.size()) return ok_ = false;
    byte_ = std::to_integer<unsigned>(view_[at_++]);
    zeros_ = byte_ == 0 ? zeros_ + 1 : 0;
    unread_ = 8;
    return true;
  }

  ByteView view_;
  Escapes escapes_;
  std::size_t at_ = 0;
  unsigned byte_ = 0;    // the one under way
  unsigned unread_ = 0;  // bits of it
  unsigned zeros_ = 0;   // bytes of zero before at_
  bool ok_ = true;
};

}  // namespace rostrum
