// Frames that are left out while their publisher goes on: counted each, told once.
#pragma once

#include <array>
#include <string>

#include <rostrum/metrics.hpp>

#include "rtmp/refusal.hpp"

namespace rostrum::rtmp {

/// Connection thread only.
class Losses {
 public:
  Losses(Metrics& metrics, std::string stream) : metrics_(metrics), stream_(std::move(stream)) {}
  /// Raises rostrum_rtmp_dropped_total{reason}; the first of each reason is a log line with `why`.
  void count(Drop, std::string_view why);
  /// Once per publisher: several tracks were sent and one is taken.
  void only_track_0();

 private:
  Metrics& metrics_;
  std::string stream_;
  std::array<Counter*, drop_count> counters_{};
  bool multitrack_told_ = false;
};

}  // namespace rostrum::rtmp
