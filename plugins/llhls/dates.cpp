#include "llhls/dates.hpp"

#include <algorithm>
#include <iterator>

namespace rostrum::llhls {
namespace {

constexpr std::int64_t slew = 500;  // 2 ms a second

}  // namespace

UtcTime Dates::utc(const Cut& cut, MediaTime t) {
  auto map = maps_.find(cut.msn);
  if (map == maps_.end()) {
    Duration offset = timeline_offset(t);
    const auto after = maps_.lower_bound(cut.msn);
    if (!cut.discontinuity && after != maps_.begin()) {
      const Map& before = std::prev(after)->second;
      const Duration most = seen_ ? std::max(cut.at - before.at, Duration(0)) / slew : Duration(0);
      offset = before.offset + std::clamp(offset - before.offset, -most, most);
    }
    map = maps_.emplace(cut.msn, Map{cut.at, offset}).first;
  }
  return UtcTime(t + map->second.offset);
}

Duration Dates::renew() {
  seen_ = true;
  if (maps_.empty()) return {};
  const Duration change = timeline_offset(maps_.rbegin()->second.at) - maps_.rbegin()->second.offset;
  for (auto& [msn, map] : maps_) map.offset += change;
  return change;
}

}  // namespace rostrum::llhls
