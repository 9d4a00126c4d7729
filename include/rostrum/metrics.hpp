// Counters and gauges that /metrics shows. Label sets are closed: values come from code and configuration, never from a request.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rostrum {

/// Only rises. Thread-safe.
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down. Thread-safe.
class Gauge {
 public:
  void set(double v) noexcept { value_.store(v, std::memory_order_relaxed); }
  void add(double d) noexcept {
    double old = value_.load(std::memory_order_relaxed);
    while (!value_.compare_exchange_weak(old, old + d, std::memory_order_relaxed)) {
    }
  }
  [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

/// Where a plugin gets its counters: one family a name ("rostrum_rtmp_refused_total"), one cell a label set, made once and kept
/// for the engine's life (the reference stays valid). Ask at start, not per event. Thread-safe.
class Metrics {
 public:
  virtual ~Metrics() = default;
  virtual Counter& counter(std::string_view name, std::string_view help, const Labels& = {}) = 0;
  virtual Gauge& gauge(std::string_view name, std::string_view help, const Labels& = {}) = 0;
};

}  // namespace rostrum
