// Bytes on their way into a socket, gathered.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <rostrum/bytes.hpp>

namespace rostrum::net {

class SendQueue {
 public:
  enum class Sent { all, some, failed };  // some: the kernel takes no more now; failed: errno says why

  void push(Bytes bytes);
  /// Offers everything to the kernel in as few system calls as it takes. Never blocks, never raises SIGPIPE.
  Sent send(int socket);
  /// What lies in one piece at the front; empty only when all is.
  [[nodiscard]] ByteView front() const { return empty() ? ByteView() : queue_[front_].view().subspan(offset_); }
  /// Copies from the front as much as fits, and says how much that is.
  std::size_t peek(std::span<std::byte> into) const;
  /// The first `count` bytes are sent; at most size().
  void consume(std::size_t count);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  void clear();

 private:
  std::vector<Bytes> queue_;
  std::size_t front_ = 0;   // index of the first that is not wholly sent
  std::size_t offset_ = 0;  // bytes of it that are
  std::size_t size_ = 0;
};

}  // namespace rostrum::net
