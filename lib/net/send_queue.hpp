// Bytes on their way into a socket, gathered.
#pragma once

#include <cstddef>
#include <vector>

#include <rostrum/bytes.hpp>

namespace rostrum::net {

class SendQueue {
 public:
  enum class Sent { all, some, failed };  // some: the kernel takes no more now; failed: errno says why

  void push(Bytes bytes);
  /// Offers everything to the kernel in as few system calls as it takes. Never blocks, never raises SIGPIPE.
  Sent send(int socket);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  void clear();

 private:
  void consume(std::size_t count);

  std::vector<Bytes> queue_;
  std::size_t front_ = 0;   // index of the first that is not wholly sent
  std::size_t offset_ = 0;  // bytes of it that are
  std::size_t size_ = 0;
};

}  // namespace rostrum::net
