// The machine's clocks as one steady pair.
#pragma once

#include <atomic>

#include <rostrum/node.hpp>

namespace rostrum::engine {

/// UTC is CLOCK_MONOTONIC plus an offset that was paired with CLOCK_REALTIME once and is slewed by at most 0.5 ms/s after that,
/// so that a step of the machine's clock never tears a running stream's time. A step over 1 s is taken only while `steady` is
/// false (no stream runs). Thread-safe.
class SystemClock final : public Clock {
 public:
  SystemClock();
  [[nodiscard]] Duration monotonic() const override;
  [[nodiscard]] UtcTime utc() const override;
  /// Compares with CLOCK_REALTIME again; call about once a minute. True where the two differ by over 1 s and `steady` kept the
  /// old pair.
  bool pair(bool steady);

 private:
  std::atomic<std::int64_t> offset_;
  Duration paired_{};  // one caller at a time
};

}  // namespace rostrum::engine
