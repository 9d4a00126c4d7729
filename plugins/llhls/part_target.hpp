// PART-TARGET: how many whole frames make one part.
#pragma once

#include <cstdint>

#include "llhls/ticks.hpp"

namespace rostrum::llhls {

/// The length of a rendition's parts. Never changes once a playlist has named it: players that saw it change do not recover.
struct PartTarget {
  Ticks ticks = 0;  // no part is longer
  int frames = 0;   // whole frames that fill it; 0 where frames have no constant duration
};

/// A part is to hold whole frames, at most `wish` by 1 % more (29.97 fps misses 200 ms by 0.2 ms), and at least 85 % of it
/// (rfc8216bis 4.4.4.9 asks the same of a part and its target). `frame` is a frame's duration in ticks, 0 where it is not
/// constant. `most` bounds the result when PART-HOLD-BACK stands already; 0 = no bound.
PartTarget part_target(Duration wish, double frame, std::uint32_t timescale, Ticks most = 0);

}  // namespace rostrum::llhls
