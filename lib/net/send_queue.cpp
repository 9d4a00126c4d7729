#include "net/send_queue.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace rostrum::net {
namespace {

constexpr std::size_t gathered = 64;       // iovecs in one call
constexpr std::size_t kept_capacity = 64;  // slots kept by an idle connection

}  // namespace

void SendQueue::push(Bytes bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  queue_.push_back(std::move(bytes));
}

SendQueue::Sent SendQueue::send(int socket) {
  while (size_ > 0) {
    std::array<iovec, gathered> parts;
    std::size_t count = 0;
    std::size_t offered = 0;
    for (std::size_t i = front_; i < queue_.size() && count < gathered; ++i, ++count) {
      const ByteView view = queue_[i].view().subspan(i == front_ ? offset_ : 0);
      parts[count] = {const_cast<std::byte*>(view.data()), view.size()};  // NOLINT: the kernel only reads
      offered += view.size();
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::some : Sent::failed;
    }
    consume(static_cast<std::size_t>(sent));
    if (static_cast<std::size_t>(sent) < offered) return Sent::some;
  }
  return Sent::all;
}

std::size_t SendQueue::peek(std::span<std::byte> into) const {
  std::size_t copied = 0;
  for (std::size_t i = front_; i < queue_.size() && copied < into.size(); ++i) {
    const ByteView view = queue_[i].view().subspan(i == front_ ? offset_ : 0);
    const std::size_t count = std::min(view.size(), into.size() - copied);
    std::copy_n(view.begin(), count, into.begin() + static_cast<std::ptrdiff_t>(copied));
    copied += count;
  }
  return copied;
}

void SendQueue::consume(std::size_t count) {
  size_ -= count;
  while (count > 0) {
    const std::size_t left = queue_[front_].size() - offset_;
    if (count < left) {
      offset_ += count;
      break;
    }
    count -= left;
    offset_ = 0;
    queue_[front_++] = Bytes();  // what is sent need not be kept until the rest is
  }
  if (size_ == 0) {
    clear();
  } else if (front_ >= gathered && front_ * 2 >= queue_.size()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(front_));
    front_ = 0;
  }
}

void SendQueue::clear() {
  queue_.clear();
  if (queue_.capacity() > kept_capacity) queue_.shrink_to_fit();
  front_ = offset_ = size_ = 0;
}

}  // namespace rostrum::net
