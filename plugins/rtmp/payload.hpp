// Memory for messages while they come.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include <rostrum/bytes.hpp>

namespace rostrum::rtmp {

/// Gives out pieces of one block after the other. A connection's messages are some hundred bytes or some kilobytes, 80 a second,
/// and go together when their part is made: a heap that gets and gives back each of them is busy with sorting holes. A block
/// lives as long as one of its pieces. Blocks begin small, so that what a stream keeps for good (its sequence headers come first)
/// keeps little with it.
class Slab {
 public:
  static constexpr std::size_t longest_piece = 64u << 10;  // what is longer gets a block of its own

  std::shared_ptr<std::byte> take(std::size_t count) {
    if (count > longest_piece) return piece(std::make_shared_for_overwrite<std::byte[]>(count), 0);
    if (count > size_ - used_) {
      size_ = std::max(count, std::min(2 * size_, largest));
      block_ = std::make_shared_for_overwrite<std::byte[]>(size_);
      used_ = 0;
    }
    return piece(block_, std::exchange(used_, used_ + count));
  }

 private:
  static constexpr std::size_t smallest = 2u << 10;
  static constexpr std::size_t largest = 4 * longest_piece;

  static std::shared_ptr<std::byte> piece(const std::shared_ptr<std::byte[]>& block, std::size_t at) {
    return {block, block.get() + at};
  }

  std::shared_ptr<std::byte[]> block_;
  std::size_t size_ = smallest;
  std::size_t used_ = smallest;
};

/// One message: grows with what came, up to the announced length, and then is the message's bytes without a copy.
class Payload {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  /// `length` is what was announced; size() + part.size() is at most that.
  void append(ByteView part, std::size_t length, Slab& slab) {
    const std::size_t size = size_ + part.size();
    if (size > capacity_) grow(std::min(length, std::max({size, 2 * capacity_, Slab::longest_piece})), slab);
    std::ranges::copy(part, block_.get() + size_);
    size_ = size;
  }
  /// Empty afterwards.
  Bytes take() {
    const ByteView view(block_.get(), std::exchange(size_, 0));
    capacity_ = 0;
    return {std::exchange(block_, nullptr), view};
  }

 private:
  void grow(std::size_t capacity, Slab& slab) {
    auto larger = slab.take(capacity);
    std::copy_n(block_.get(), size_, larger.get());
    block_ = std::move(larger);
    capacity_ = capacity;
  }

  std::shared_ptr<std::byte> block_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace rostrum::rtmp
