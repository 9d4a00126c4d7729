// Threads for what may block: the host's hooks, building and stopping GStreamer pipelines.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rostrum::engine {

/// Runs jobs in the order they came, on up to `most` threads that are started as they are needed. Thread-safe. Destroying it runs
/// what is queued and waits.
class ThreadPool {
 public:
  ThreadPool(std::string name, std::size_t most) : name_(std::move(name)), most_(most) {}
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// `job` may throw: that is logged.
  void run(std::function<void()> job);

 private:
  void work();
  const std::string name_;
  const std::size_t most_;
  std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace rostrum::engine
