#include "llhls/edge.hpp"

namespace rostrum::llhls {

using namespace std::chrono_literals;

bool Edge::holds(std::int64_t msn, std::optional<std::int64_t> part) const {
  if (msn < complete) return true;
  if (!part) return msn <= complete;
  // A part index past a segment's last is part 0 of the next.
  if (msn == complete) return *part < complete_parts || open_parts > 0;
  return msn == complete + 1 && *part < open_parts;
}

bool Edge::too_far(std::int64_t msn, std::optional<std::int64_t> part) const {
  if (msn > complete + 2) return true;
  if (!part || msn <= complete) return false;
  const std::int64_t limit = part_target > Duration(0) && part_target < 1s ? 3s / part_target : 3;
  return *part - (msn == complete + 1 ? open_parts - 1 : 0) > limit;
}

}  // namespace rostrum::llhls
