// A handler whose answers the test gives when it likes.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "fixture.hpp"

namespace rostrum::net::test {

// Keeps replies until the test answers them.
class Parked {
 public:
  void operator()(HttpRequest request, HttpReply reply) {
    std::lock_guard lock(mutex_);
    reply.when_abandoned([this] { ++abandoned; });
    paths_.push_back(request.path);
    replies_.push_back(std::move(reply));
  }
  bool wait_for(std::size_t count) {
    return eventually([&] { return size() == count; });
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return replies_.size();
  }
  void answer(std::size_t index) {
    std::unique_lock lock(mutex_);
    auto reply = std::move(replies_.at(index));
    const std::string path = paths_.at(index);
    lock.unlock();
    reply(HttpResponse::text(200, "text/plain", path));
  }
  bool wanted(std::size_t index) {
    std::lock_guard lock(mutex_);
    return replies_.at(index).wanted();
  }
  void drop_all() {
    std::lock_guard lock(mutex_);
    replies_.clear();
  }
  std::atomic<int> abandoned{0};

 private:
  std::mutex mutex_;
  std::vector<std::string> paths_;
  std::vector<HttpReply> replies_;
};

inline HttpHandler into(Parked& parked) {
  return [&parked](HttpRequest request, HttpReply reply) { parked(std::move(request), std::move(reply)); };
}

}  // namespace rostrum::net::test
