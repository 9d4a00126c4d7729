#include "engine/metric_table.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include <rostrum/log.hpp>

namespace rostrum::engine {
namespace {

// Exposition format: in label values, backslash, quote and line feed are escaped.
std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string render(const Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, escaped(value));
  return out;
}

std::string braced(std::string_view labels) {
  return labels.empty() ? std::string() : fmt::format("{{{}}}", labels);
}

}  // namespace

void Histogram::observe(Duration taken) noexcept {
  const double seconds = std::chrono::duration<double>(taken).count();
  const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds, seconds) - std::begin(bounds));
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(taken.count(), std::memory_order_relaxed);
}

template <class Cell>
Cell& MetricTable::cell(Kind kind, std::deque<Cell>& cells, std::string_view name, std::string_view help, const Labels& labels) {
  std::lock_guard lock(mutex_);
  auto family = families_.find(name);
  if (family == families_.end()) family = families_.emplace(name, Family{kind, std::string(help), {}}).first;
  if (family->second.kind != kind) {
    log(Level::error, "engine", "", fmt::format("metric {} is asked for as two types", name));
    std::abort();
  }
  const auto [place, made] = family->second.cells.try_emplace(render(labels), cells.size());
  if (made) cells.emplace_back();
  return cells[place->second];
}

Counter& MetricTable::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return cell(Kind::counter, counters_, name, help, labels);
}
Gauge& MetricTable::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  return cell(Kind::gauge, gauges_, name, help, labels);
}
Histogram& MetricTable::histogram(std::string_view name, std::string_view help, const Labels& labels) {
  return cell(Kind::histogram, histograms_, name, help, labels);
}

std::string MetricTable::text() const {
  static constexpr std::string_view types[] = {"counter", "gauge", "histogram"};
  std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, types[static_cast<int>(family.kind)]);
    for (const auto& [labels, index] : family.cells) {
      if (family.kind == Kind::counter) {
        out += fmt::format("{}{} {}\n", name, braced(labels), counters_[index].value());
      } else if (family.kind == Kind::gauge) {
        out += fmt::format("{}{} {}\n", name, braced(labels), gauges_[index].value());
      } else {
        const Histogram& histogram = histograms_[index];
        const std::string_view comma = labels.empty() ? "" : ",";
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < std::size(Histogram::bounds); ++i) {
          below += histogram.buckets_[i].load(std::memory_order_relaxed);
          out += fmt::format("{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels, comma, Histogram::bounds[i], below);
        }
        below += histogram.buckets_[std::size(Histogram::bounds)].load(std::memory_order_relaxed);
        out += fmt::format("{}_bucket{{{}{}le=\"+Inf\"}} {}\n", name, labels, comma, below);
        out += fmt::format("{}_sum{} {}\n", name, braced(labels), static_cast<double>(histogram.sum_.load()) / 1e9);
        out += fmt::format("{}_count{} {}\n", name, braced(labels), below);
      }
    }
  }
  return out;
}

}  // namespace rostrum::engine
