// Media time is UTC-like (1.7e18 ns); a pipeline's running time starts near zero. One origin an island keeps both exact.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>

#include <gst/gst.h>
#include <rostrum/media.hpp>

namespace rostrum::pipeline {

/// Thread-safe.
class Origin {
 public:
  /// The first time that is seen settles it. The margin leaves room for an audio track that starts before the video, for decode
  /// times before it, and for an encoder's priming.
  void settle(MediaTime first) { fix(first - std::chrono::seconds(10)); }
  void fix(MediaTime origin) {
    std::int64_t none = unknown;
    origin_.compare_exchange_strong(none, origin.count());
  }
  [[nodiscard]] MediaTime media(std::int64_t running) const { return MediaTime(origin_.load() + running); }
  /// Empty for a time before the origin.
  [[nodiscard]] std::optional<GstClockTime> running(MediaTime t) const {
    const auto since = t.count() - origin_.load();
    if (since < 0) return std::nullopt;
    return static_cast<GstClockTime>(since);
  }

 private:
  static constexpr std::int64_t unknown = INT64_MIN;
  std::atomic<std::int64_t> origin_{unknown};
};

/// Lets calls through until it is closed; `close` returns when the last one is out.
class Gate {
 public:
  template <class F>
  void call(F&& f) {
    std::shared_lock lock(mutex_);
    if (open_) f();
  }
  void close() {
    std::unique_lock lock(mutex_);
    open_ = false;
  }

 private:
  std::shared_mutex mutex_;
  bool open_ = true;  // guarded by mutex_
};

}  // namespace rostrum::pipeline
