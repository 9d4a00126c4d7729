// Finds a stream's media-time-to-UTC offset from when its frames arrived.
#pragma once

#include <deque>

#include <rostrum/timeline.hpp>

namespace rostrum::engine {

/// The network only ever delays a frame, so the least (arrival - media time) of the last 10 s is the offset; it is followed
/// freely for the first 2 s and slewed after that. Fed on the stream's thread, read on any.
class TimelineEstimator final : public Timeline {
 public:
  /// The frame at `media` came in at `arrival`; `now` is the same instant on the monotonic clock.
  void arrived(MediaTime media, UtcTime arrival, Duration now);
  /// Media time was re-based (a publisher came back, time jumped): what was seen before says nothing about what comes.
  void restart();

 private:
  struct Least {
    Duration since;
    Duration offset;
  };
  std::deque<Least> window_;  // one a 250 ms, oldest first
  Duration offset_{};
  Duration follow_until_{};
  Duration last_{};
  bool fresh_ = true;
};

}  // namespace rostrum::engine
