// A flood of bad clients must not become a flood of log lines.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "net/deadline_wheel.hpp"

namespace rostrum::net {

/// Lets `burst` lines through and then `per_second` of them. Thread-safe.
class LogLimit {
 public:
  explicit LogLimit(double burst = 20, double per_second = 5) : burst_(burst), per_second_(per_second), tokens_(burst) {}

  /// How many lines were held back since the last one that went through; nothing: hold this one back too.
  std::optional<std::uint64_t> allow(Clock::time_point now = Clock::now()) {
    std::lock_guard lock(mutex_);
    tokens_ = std::min(burst_, tokens_ + per_second_ * std::chrono::duration<double>(now - last_).count());
    last_ = now;
    if (tokens_ < 1) {
      ++held_back_;
      return std::nullopt;
    }
    tokens_ -= 1;
    return std::exchange(held_back_, 0);
  }

 private:
  const double burst_;
  const double per_second_;
  std::mutex mutex_;  // guards all below
  double tokens_;
  Clock::time_point last_ = Clock::now();
  std::uint64_t held_back_ = 0;
};

}  // namespace rostrum::net
