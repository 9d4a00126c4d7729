// How much of what leads nowhere is taken from one peer: control frames, cancelled requests.
#pragma once

#include <algorithm>
#include <chrono>

#include "net/deadline_wheel.hpp"

namespace rostrum::net {

/// Tokens that come back with time and with work that was really done, up to where they began. One thread only.
class Patience {
 public:
  Patience(double tokens, double per_second, Clock::time_point now)
      : most_(tokens), per_second_(per_second), tokens_(tokens), last_(now) {}

  /// False: it is at its end.
  bool spend(Clock::time_point now) {
    tokens_ = std::min(most_, tokens_ + per_second_ * std::chrono::duration<double>(now - last_).count());
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  void earn(double tokens) { tokens_ = std::min(most_, tokens_ + tokens); }

 private:
  double most_;
  double per_second_;
  double tokens_;
  Clock::time_point last_;
};

}  // namespace rostrum::net
