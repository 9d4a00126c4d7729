// Every counter and gauge of an engine, and their Prometheus text.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <rostrum/media.hpp>
#include <rostrum/metrics.hpp>

namespace rostrum::engine {

/// How long something took, in fixed buckets. Thread-safe.
class Histogram {
 public:
  void observe(Duration) noexcept;
  static constexpr double bounds[] = {0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};  // seconds

 private:
  friend class MetricTable;
  std::atomic<std::uint64_t> buckets_[std::size(bounds) + 1]{};
  std::atomic<std::int64_t> sum_{0};  // ns
};

/// Cells live as long as the table. Thread-safe.
class MetricTable final : public Metrics {
 public:
  Counter& counter(std::string_view name, std::string_view help, const Labels& = {}) override;
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& = {}) override;
  Histogram& histogram(std::string_view name, std::string_view help, const Labels& = {});
  /// Text exposition format 0.0.4, families by name.
  [[nodiscard]] std::string text() const;

 private:
  enum class Kind { counter, gauge, histogram };
  struct Family {
    Kind kind;
    std::string help;
    std::map<std::string, std::size_t> cells;  // rendered labels -> index into the deque of its kind
  };
  template <class Cell>
  Cell& cell(Kind, std::deque<Cell>&, std::string_view name, std::string_view help, const Labels&);

  mutable std::mutex mutex_;  // guards all below; cells themselves are atomic
  std::map<std::string, Family, std::less<>> families_;
  std::deque<Counter> counters_;
  std::deque<Gauge> gauges_;
  std::deque<Histogram> histograms_;
};

}  // namespace rostrum::engine
