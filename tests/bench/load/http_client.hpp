// One keep-alive connection that asks one thing at a time (HTTP/1.1, answers with a Content-Length).
#pragma once

#include <strings.h>

#include <cerrno>
#include <charconv>
#include <string_view>

#include "loop.hpp"

namespace load {

class HttpClient : private Loop::Waiter {
 public:
  /// `text`: the body is kept and handed on. Media is only counted: the kernel throws it away without copying it (MSG_TRUNC),
  /// for the load must not cost more than what it measures.
  using Answered = std::function<void(int status, std::string_view text, std::size_t bytes)>;

  HttpClient(Loop& loop, std::uint16_t port, Answered answered) : fd_(connect_to(port)), answered_(std::move(answered)) {
    unblock(fd_);
    loop.add(fd_, *this);
  }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient() override { close(fd_); }

  void get(std::string_view target, bool text) {
    std::string request("GET ");
    request.append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: rostrum-bench\r\nAccept: */*\r\n\r\n");
    text_ = text;
    body_left_ = -1;
    body_bytes_ = 0;
    input_.clear();
    if (send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) die("send");
  }

 private:
  void readable() override {
    static std::array<char, 256 << 10> scratch;
    for (;;) {
      const bool skip = body_left_ > 0 && !text_;
      const std::size_t room = skip ? std::min<std::size_t>(static_cast<std::size_t>(body_left_), 16 << 20) : scratch.size();
      const ssize_t count = recv(fd_, skip ? nullptr : scratch.data(), room, skip ? MSG_TRUNC : 0);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (count < 0) die("recv");
      if (count == 0) {
        std::fprintf(stderr, "the server closed a connection\n");
        std::exit(1);
      }
      if (take(skip ? std::string_view() : std::string_view(scratch.data(), static_cast<std::size_t>(count)), count)) return;
    }
  }

  /// True once the answer is whole (and the next one may be under way).
  bool take(std::string_view bytes, ssize_t count) {
    if (body_left_ < 0) {
      input_.append(bytes);
      const auto end = input_.find("\r\n\r\n");
      if (end == std::string::npos) return false;
      status_ = number_at(input_.find(' ') + 1);
      body_left_ = body_size(end);
      input_.erase(0, end + 4);
      count = static_cast<ssize_t>(input_.size());
    } else if (text_) {
      input_.append(bytes);
    }
    body_left_ -= count;
    body_bytes_ += static_cast<std::size_t>(count);
    if (body_left_ > 0) return false;
    answered_(status_, text_ ? std::string_view(input_) : std::string_view(), body_bytes_);
    return true;
  }

  [[nodiscard]] int number_at(std::size_t at) const {
    int value = 0;
    std::from_chars(input_.data() + std::min(at, input_.size()), input_.data() + input_.size(), value);
    return value;
  }

  [[nodiscard]] std::int64_t body_size(std::size_t head_end) const {
    constexpr std::string_view name = "\r\nContent-Length: ";
    for (std::size_t at = input_.find("\r\n"); at < head_end; at = input_.find("\r\n", at + 2)) {
      if (strncasecmp(input_.data() + at, name.data(), name.size()) == 0) return number_at(at + name.size());
    }
    return 0;
  }

  int fd_;
  Answered answered_;
  std::string input_;
  bool text_ = false;
  int status_ = 0;
  std::int64_t body_left_ = -1;  // -1: still in the head
  std::size_t body_bytes_ = 0;
};

}  // namespace load
