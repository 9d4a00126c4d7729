// PROGRAM-DATE-TIME: one map from media time to UTC for each segment, the same in all renditions.
#pragma once

#include <map>

#include <rostrum/timeline.hpp>

#include "llhls/cut_list.hpp"

namespace rostrum::llhls {

/// The stream's timeline goes on learning while renditions reach a segment one after the other, so the first to reach it fixes
/// its map. From one segment to the next the map follows the timeline by at most 2 ms a second: players compute positions from
/// any two dates. Stream thread only.
class Dates {
 public:
  explicit Dates(const Timeline& timeline) : timeline_(timeline) {}

  [[nodiscard]] UtcTime utc(const Cut&, MediaTime);
  /// Just before anybody sees a playlist: what the timeline has learnt since counts for the first segments too. Until then they
  /// share one map. Gives the change that every date takes.
  [[nodiscard]] Duration renew();
  void forget(std::int64_t msn) { maps_.erase(maps_.begin(), maps_.lower_bound(msn)); }

 private:
  struct Map {
    MediaTime at{};
    Duration offset{};
  };
  [[nodiscard]] Duration timeline_offset(MediaTime t) const {
    return timeline_.utc(t).value_or(UtcTime(t)).time_since_epoch() - t;
  }
  const Timeline& timeline_;
  std::map<std::int64_t, Map> maps_;  // by msn
  bool seen_ = false;
};

}  // namespace rostrum::llhls
