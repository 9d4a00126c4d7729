// Takes media that comes in many small pieces together, as network cards coalesce their interrupts.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "net/deadline_wheel.hpp"

namespace rostrum::net {

/// Where publishers bring a thousand reads a second to one loop, waking for each costs more than what it brings: the loop then
/// leaves its sockets alone for some milliseconds after it has served them, and finds the next pieces side by side. Not where
/// something else than media came in between: who asks gets the answer at once. One thread only.
class ReadCoalescer {
 public:
  static constexpr Clock::duration rest = std::chrono::milliseconds(4);  // at most, from one waking to the next
  static constexpr std::size_t window = 256;                             // reads, after which their rate is looked at
  static constexpr Clock::duration busy_window =
      std::chrono::milliseconds(256);  // they are many when they came within it: a keyframe has fewer pieces

  /// A publisher's connection has been read. True: so many are that the loop is to ask `rest_until` when this pass is over.
  bool read_media(Clock::time_point now) {
    if (++reads_ >= window) {
      busy_ = now - window_began_ <= busy_window;
      window_began_ = now;
      reads_ = 0;
    }
    return busy_;
  }

  /// Something else came in this pass.
  void read_other() { other_ = true; }

  /// At the end of a pass: until when the next one has time. nullopt: it has none.
  std::optional<Clock::time_point> rest_until(Clock::time_point now) {
    const auto until = woken_ + rest;
    const bool rests = !std::exchange(other_, false) && until > now;
    woken_ = rests ? until : now;
    return rests ? std::optional(until) : std::nullopt;
  }

 private:
  std::size_t reads_ = 0;  // in this window
  bool busy_ = false;
  bool other_ = false;
  Clock::time_point window_began_{};
  Clock::time_point woken_{};  // when this pass began, or was to
};

}  // namespace rostrum::net
