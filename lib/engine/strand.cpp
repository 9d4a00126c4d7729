#include "engine/strand.hpp"

namespace rostrum::engine {

bool Strand::open() const {
  std::shared_lock lock(mutex_);
  return loop_ != nullptr;
}

bool Strand::here() const {
  std::shared_lock lock(mutex_);
  return loop_ != nullptr && loop_->here();
}

void Strand::post(std::function<void()> f) {
  std::shared_lock lock(mutex_);
  if (loop_ == nullptr) return;
  loop_->post([self = shared_from_this(), f = std::move(f)] {
    if (self->open()) f();
  });
}

void Strand::run(std::function<void()> f) {
  if (here()) return f();
  post(std::move(f));
}

void Strand::after(Duration delay, std::function<void()> f) {
  std::lock_guard lock(mutex_);
  if (loop_ == nullptr) return;
  const std::uint64_t id = next_++;
  timers_[id] = loop_->after(delay, [weak = weak_from_this(), id, f = std::move(f)] {
    const auto self = weak.lock();
    if (!self) return;
    std::unique_ptr<net::Loop::Timer> fired;  // goes without the lock
    {
      std::lock_guard guard(self->mutex_);
      if (self->loop_ == nullptr) return;
      if (auto node = self->timers_.extract(id)) fired = std::move(node.mapped());
    }
    f();
  });
}

void Strand::close() {
  std::map<std::uint64_t, std::unique_ptr<net::Loop::Timer>> timers;
  std::lock_guard lock(mutex_);
  loop_ = nullptr;
  timers.swap(timers_);
}

}  // namespace rostrum::engine
