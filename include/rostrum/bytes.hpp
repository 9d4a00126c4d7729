// Immutable shared bytes, and the one bounded way to read bytes that came from outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rostrum {

using ByteView = std::span<const std::byte>;

inline ByteView as_view(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view as_text(ByteView view) {
  return {reinterpret_cast<const char*>(view.data()), view.size()};
}

/// A slice of an immutable block that somebody owns together with us. Copying shares; nothing is ever written.
/// Thread-safe to copy and read.
class Bytes {
 public:
  Bytes() = default;
  /// Takes the vector over.
  explicit Bytes(std::vector<std::byte> block) {
    auto owner = std::make_shared<const std::vector<std::byte>>(std::move(block));
    view_ = *owner;
    owner_ = std::move(owner);
  }
  /// Takes the text over.
  explicit Bytes(std::string text) {
    auto owner = std::make_shared<const std::string>(std::move(text));
    view_ = as_view(*owner);
    owner_ = std::move(owner);
  }
  /// A view kept alive by any owner (a mapped GstBuffer, another block).
  Bytes(std::shared_ptr<const void> owner, ByteView view) : owner_(std::move(owner)), view_(view) {}
  /// A copy of foreign bytes.
  static Bytes copy(ByteView view) { return Bytes(std::vector<std::byte>(view.begin(), view.end())); }

  [[nodiscard]] const std::byte* data() const { return view_.data(); }
  [[nodiscard]] std::size_t size() const { return view_.size(); }
  [[nodiscard]] bool empty() const { return view_.empty(); }
  [[nodiscard]] ByteView view() const { return view_; }
  [[nodiscard]] std::string_view text() const { return as_text(view_); }
  operator ByteView() const { return view_; }  // NOLINT(google-explicit-constructor): a slice reads like its view
  /// `count` bytes from `offset`, sharing the block. Out of range is cut to what is there.
  [[nodiscard]] Bytes slice(std::size_t offset, std::size_t count = SIZE_MAX) const {
    offset = offset < size() ? offset : size();
    return {owner_, view_.subspan(offset, count < size() - offset ? count : size() - offset)};
  }
  friend bool operator==(const Bytes& a, const Bytes& b) { return a.text() == b.text(); }

 private:
  std::shared_ptr<const void> owner_;
  ByteView view_;
};

/// Reads big-endian fields from a view and never past its end: a read that does not fit gives 0 (or an empty view)
/// and makes `ok()` false for good, so a parser may read a whole record and ask once.
class Reader {
 public:
  explicit Reader(ByteView view) : view_(view) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return view_.size() - at_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  void fail() { ok_ = false; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(uint(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(uint(2)); }
  std::uint32_t u24() { return static_cast<std::uint32_t>(uint(3)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(uint(4)); }
  std::uint64_t u64() { return uint(8); }
  std::uint32_t u32_little() {
    auto bytes = take(4);
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
    return value;
  }
  ByteView take(std::size_t count) {
    if (count > left()) {
      ok_ = false;
      at_ = view_.size();
      return {};
    }
    auto part = view_.subspan(at_, count);
    at_ += count;
    return part;
  }
  void skip(std::size_t count) { take(count); }
  ByteView rest() { return take(left()); }

 private:
  std::uint64_t uint(std::size_t count) {
    std::uint64_t value = 0;
    for (std::byte byte : take(count)) value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return value;
  }
  ByteView view_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

/// Builds big-endian records.
class Writer {
 public:
  Writer& u8(std::uint64_t v) { return uint(v, 1); }
  Writer& u16(std::uint64_t v) { return uint(v, 2); }
  Writer& u24(std::uint64_t v) { return uint(v, 3); }
  Writer& u32(std::uint64_t v) { return uint(v, 4); }
  Writer& u64(std::uint64_t v) { return uint(v, 8); }
  Writer& u32_little(std::uint32_t v) {
    for (int i = 0; i < 4; ++i, v >>= 8) block_.push_back(static_cast<std::byte>(v & 0xff));
    return *this;
  }
  Writer& bytes(ByteView view) {
    block_.insert(block_.end(), view.begin(), view.end());
    return *this;
  }
  Writer& text(std::string_view text) { return bytes(as_view(text)); }
  Writer& zeros(std::size_t count) {
    block_.resize(block_.size() + count);
    return *this;
  }
  /// Overwrites a 32-bit field written before (a box size). `offset + 4 <= size()`.
  void patch_u32(std::size_t offset, std::uint32_t v) {
    for (std::size_t i = 0; i < 4; ++i) block_[offset + i] = static_cast<std::byte>(v >> (24 - 8 * i) & 0xff);
  }
  void reserve(std::size_t count) { block_.reserve(count); }
  [[nodiscard]] std::size_t size() const { return block_.size(); }
  [[nodiscard]] ByteView view() const { return block_; }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(block_); }

 private:
  Writer& uint(std::uint64_t v, int count) {
    for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) block_.push_back(static_cast<std::byte>(v >> shift & 0xff));
    return *this;
  }
  std::vector<std::byte> block_;
};

}  // namespace rostrum
