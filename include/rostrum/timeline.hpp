// The map from a stream's media time to UTC. One per stream; everything that has to be in step asks it.
#pragma once

#include <atomic>
#include <optional>

#include <rostrum/media.hpp>

namespace rostrum {

/// utc(t) = t + offset. The offset is the minimum of (arrival - media time) over 10 s, slewed by at most 0.5 ms/s (2 ms/s while
/// the error is over 20 ms), so one instant keeps its UTC for all who ask. Thread-safe.
class Timeline {
 public:
  /// When the frame at `t` happened (reached us), in UTC. Fails to nullopt before the first frame.
  [[nodiscard]] std::optional<UtcTime> utc(MediaTime t) const {
    if (!locked_.load(std::memory_order_acquire)) return std::nullopt;
    return UtcTime(t + Duration(offset_.load(std::memory_order_relaxed)));
  }
  /// The media time that an instant falls on.
  [[nodiscard]] std::optional<MediaTime> media(UtcTime at) const {
    if (!locked_.load(std::memory_order_acquire)) return std::nullopt;
    return at.time_since_epoch() - Duration(offset_.load(std::memory_order_relaxed));
  }

 protected:
  void set_offset(Duration offset) {
    offset_.store(offset.count(), std::memory_order_relaxed);
    locked_.store(true, std::memory_order_release);
  }

 private:
  std::atomic<std::int64_t> offset_{0};
  std::atomic<bool> locked_{false};
};

}  // namespace rostrum
