// How far a playlist has come, and what may be waited for.
#pragma once

#include <cstdint>
#include <optional>

#include <rostrum/media.hpp>

namespace rostrum::llhls {

struct Edge {
  std::int64_t complete = 0;        // MSN of the last whole segment; one less than the first where there is none
  std::int64_t complete_parts = 0;  // of that segment; 0 where there is none
  std::int64_t open_parts = 0;      // of the segment after it
  Duration part_target{};
  bool ended = false;

  /// Does the playlist hold part `part` of segment `msn`, or something later? Without a part: the whole segment.
  [[nodiscard]] bool holds(std::int64_t msn, std::optional<std::int64_t> part) const;
  /// rfc8216bis 6.2.5.2: farther ahead than anyone may wait for.
  [[nodiscard]] bool too_far(std::int64_t msn, std::optional<std::int64_t> part) const;
};

}  // namespace rostrum::llhls
