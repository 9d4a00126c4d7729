#include "llhls/part_target.hpp"

#include <algorithm>
#include <cmath>

namespace rostrum::llhls {

PartTarget part_target(Duration wish, double frame, std::uint32_t timescale, Ticks most) {
  const double wished = static_cast<double>(wish.count()) * timescale / 1e9;
  if (frame <= 0) {
    const auto ticks = static_cast<Ticks>(std::lround(wished));
    return {most > 0 ? std::min(ticks, most) : ticks, 0};
  }
  int frames = std::max(1, static_cast<int>(std::floor(wished * 1.01 / frame)));
  if (frames * frame < 0.85 * wished) ++frames;
  // A thousandth of a tick is the noise of a measured rate, not a longer frame.
  const auto ticks_of = [&](int count) { return static_cast<Ticks>(std::ceil(count * frame - 1e-3)); };
  while (most > 0 && frames > 1 && ticks_of(frames) > most) --frames;
  return {ticks_of(frames), frames};
}

}  // namespace rostrum::llhls
