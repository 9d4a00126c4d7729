// A stream's place on a network thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "net/reactor.hpp"

namespace rostrum::engine {

/// Runs what a stream posts on its loop, until it is closed. Thread-safe. May outlive the reactor once it is closed.
class Strand : public std::enable_shared_from_this<Strand> {
 public:
  explicit Strand(net::Loop& loop) : loop_(&loop) {}
  void post(std::function<void()>);
  /// At once when the caller is on the loop's thread, else posted.
  void run(std::function<void()>);
  void after(Duration delay, std::function<void()>);
  [[nodiscard]] bool here() const;
  /// Nothing starts to run any more. On the loop's thread, or when the loop has stopped.
  void close();

 private:
  [[nodiscard]] bool open() const;
  // Shared by all who post: the loop's thread begins to run what is posted, and asks whether it may, before the poster is back
  // from waking it.
  mutable std::shared_mutex mutex_;  // guards all below
  net::Loop* loop_;                  // nullptr: closed
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::unique_ptr<net::Loop::Timer>> timers_;
};

}  // namespace rostrum::engine
