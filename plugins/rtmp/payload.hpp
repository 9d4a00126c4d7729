// The payload of a message under way, and where payloads lie.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <rostrum/bytes.hpp>

namespace rostrum::rtmp {

/// Puts the payloads of a connection's media messages side by side, in blocks: one allocation for some dozens of them. A block is
/// given back with the last of its payloads; they leave a stream's window in the order in which they came.
class PayloadBlocks {
 public:
  static constexpr std::size_t block_bytes = 64u << 10;
  static constexpr std::size_t largest = block_bytes / 4;  // longer payloads have a block of their own

  struct Room {
    std::shared_ptr<std::byte[]> block;  // NOLINT(modernize-avoid-c-arrays): the standard's name for a shared array
    std::byte* begin = nullptr;
  };
  /// For `size` bytes, at most `largest`.
  Room take(std::size_t size) {
    if (!block_ || size > block_bytes - used_) {
      block_ = std::make_shared_for_overwrite<std::byte[]>(block_bytes);  // NOLINT(modernize-avoid-c-arrays)
      used_ = 0;
    }
    return {block_, block_.get() + std::exchange(used_, used_ + size)};
  }
  /// The room taken last is not needed after all: who announces much and sends little shall not fill blocks that others hold.
  void give_back(const Room& room) {
    if (room.block == block_) used_ = static_cast<std::size_t>(room.begin - block_.get());
  }

 private:
  std::shared_ptr<std::byte[]> block_;  // NOLINT(modernize-avoid-c-arrays)
  std::size_t used_ = 0;
};

/// Grows with what has come, whatever its head announced.
class Payload {
 public:
  /// From now on it lies in a block. Only while it is empty.
  void lie_in(PayloadBlocks::Room room) { room_ = std::move(room); }
  /// The next bytes of `length` in all.
  void append(ByteView part, std::size_t length) {
    if (room_.block) {
      std::copy(part.begin(), part.end(), room_.begin + size_);
    } else {
      const std::size_t size = size_ + part.size();
      if (size > own_.capacity()) own_.reserve(std::min(length, std::max({size, 2 * own_.capacity(), first_allocation})));
      own_.insert(own_.end(), part.begin(), part.end());
    }
    size_ += part.size();
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Empty, as at first. No room was taken after its own.
  void drop(PayloadBlocks& blocks) {
    if (room_.block) blocks.give_back(room_);
    *this = {};
  }
  /// What there is; empty afterwards.
  Bytes take() {
    const std::size_t size = std::exchange(size_, 0);
    PayloadBlocks::Room room = std::exchange(room_, {});
    if (!room.block) return Bytes(std::exchange(own_, {}));
    return {std::move(room.block), ByteView(room.begin, size)};
  }

 private:
  static constexpr std::size_t first_allocation = 64u << 10;

  std::size_t size_ = 0;
  PayloadBlocks::Room room_;
  std::vector<std::byte> own_;
};

}  // namespace rostrum::rtmp
