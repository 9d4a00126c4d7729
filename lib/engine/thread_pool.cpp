#include "engine/thread_pool.hpp"

#include <pthread.h>

#include <exception>

#include <rostrum/log.hpp>

namespace rostrum::engine {

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run(std::function<void()> job) {
  std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  if (idle_ < jobs_.size() && threads_.size() < most_) threads_.emplace_back([this] { work(); });
  wake_.notify_one();
}

void ThreadPool::work() {
  pthread_setname_np(pthread_self(), name_.c_str());
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    try {
      job();
    } catch (const std::exception& e) {
      log(Level::error, "engine", "", std::string("a job of ") + name_ + " threw: " + e.what());
    } catch (...) {
      log(Level::error, "engine", "", "a job of " + name_ + " threw something that is no std::exception");
    }
    job = nullptr;  // what it owned may take the lock when it goes
    lock.lock();
  }
}

}  // namespace rostrum::engine
