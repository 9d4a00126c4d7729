// Media time in a rendition's ticks, and ticks as playlists write them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <rostrum/media.hpp>

namespace rostrum::llhls {

/// A rendition's decode time or duration, in units of 1 / timescale seconds.
using Ticks = std::int64_t;

/// Nanoseconds to ticks of one period between discontinuities. Counts from the period's first sample, so that a constant frame
/// rate gives the same pattern of durations wherever in time the period starts, and rounds the absolute time, so nothing drifts.
class TickClock {
 public:
  TickClock() = default;
  TickClock(MediaTime origin, std::uint32_t timescale) : origin_(origin), timescale_(timescale), base_(convert(origin)) {}

  [[nodiscard]] Ticks at(MediaTime t) const { return base_ + convert(t - origin_); }
  [[nodiscard]] Ticks span(Duration d) const { return convert(d); }
  [[nodiscard]] MediaTime time(Ticks ticks) const { return origin_ + length(ticks - base_); }
  /// A number of ticks as time, to the nearest nanosecond.
  [[nodiscard]] Duration length(Ticks ticks) const {
    const auto [whole, rest] = split(ticks, timescale_);
    return std::chrono::seconds(whole) + Duration((rest * second + timescale_ / 2) / timescale_);
  }
  [[nodiscard]] std::uint32_t timescale() const { return static_cast<std::uint32_t>(timescale_); }

 private:
  static constexpr std::int64_t second = 1'000'000'000;  // in nanoseconds

  /// The quotient rounded down, and a rest that is never negative: times since 1970 in ticks of nanoseconds fit 64 bits this way.
  static std::pair<std::int64_t, std::int64_t> split(std::int64_t value, std::int64_t by) {
    std::int64_t whole = value / by;
    if (value % by < 0) --whole;
    return {whole, value - whole * by};
  }
  // Halves round up with 1/100 tick in hand: media time is rounded to nanoseconds, and a half (23.976 fps has them) must not
  // fall to this side once and to that side the next time.
  [[nodiscard]] Ticks convert(Duration d) const {
    const auto [whole, rest] = split(d.count(), second);
    return whole * timescale_ + (rest * timescale_ * 100 + 51 * second) / (100 * second);
  }

  MediaTime origin_{};
  std::int64_t timescale_ = 90'000;
  Ticks base_ = 0;
};

enum class Rounding : std::uint8_t { nearest, up };
/// Seconds with up to five decimals and no trailing zeros: "0.5", "0.49067", "6.006".
std::string seconds_text(Duration, Rounding = Rounding::nearest);
/// The time that `seconds_text` writes: players compute with that.
Duration written(Duration, Rounding = Rounding::nearest);

}  // namespace rostrum::llhls
