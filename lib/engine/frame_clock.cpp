#include "engine/frame_clock.hpp"

#include <algorithm>

namespace rostrum::engine {
namespace {

using namespace std::chrono_literals;
__extension__ typedef __int128 Wide;  // frames * denominator * 1e9 passes 64 bits after days
constexpr std::int64_t second = 1'000'000'000;
constexpr Duration shortest_step = 1us;
constexpr Duration audio_hole = 40ms;   // audio further off than this was lost or repeated, not late
constexpr Duration audio_slip = 500us;  // what one frame may be moved by to follow a drifting sample clock
constexpr int trusted = 8;              // frames on the grid in a row before durations are promised

}  // namespace

void FrameClock::set_rate(Rational rate, bool audio) {
  if (rate == rate_ && audio == audio_) return;
  if (started_) anchor(last_);
  rate_ = rate;
  audio_ = audio;
  steady_ = 0;
}

Duration FrameClock::grid(std::int64_t frames) const {
  const Wide scaled = static_cast<Wide>(frames) * rate_.den * second;
  return Duration(static_cast<std::int64_t>((scaled + rate_.num / 2) / rate_.num));
}

std::int64_t FrameClock::frames_in(Duration time) const {
  const Wide period = static_cast<Wide>(rate_.den) * second;
  const Wide scaled = static_cast<Wide>(time.count()) * rate_.num;
  return static_cast<std::int64_t>((scaled + (scaled < 0 ? -period / 2 : period / 2)) / period);
}

void FrameClock::anchor(MediaTime at) {
  anchor_ = at;
  count_ = 0;
}

MediaTime FrameClock::settle_video(MediaTime predicted, MediaTime raw) {
  const MediaTime settled = std::clamp(predicted, raw - quantum_, raw + quantum_);
  if (settled == predicted) {
    steady_ = std::min(steady_ + 1, trusted);
    return settled;
  }
  // The phase is known to a quantum only at first; while it is found a clamp moves it by less than one. A larger miss, or one
  // after that, says that the frames do not keep to the rate.
  if (steady_ >= trusted || std::chrono::abs(settled - predicted) > quantum_) steady_ = -trusted;
  anchor(settled);
  return settled;
}

MediaTime FrameClock::settle_audio(MediaTime predicted, MediaTime raw) {
  const Duration error = raw - predicted;
  if (std::chrono::abs(error) > audio_hole) {
    drift_ = {};
    anchor(raw);
    return raw;
  }
  drift_ += (error - drift_) / 32;
  if (std::chrono::abs(drift_) <= quantum_) return predicted;
  const Duration slip = std::clamp(drift_, -audio_slip, audio_slip);
  drift_ -= slip;
  anchor(predicted + slip);
  return predicted + slip;
}

// Composition offsets are whole frames, rounded on both sides.
Duration FrameClock::settle_offset(Duration offset) const {
  if (audio_ || !rate_.known() || offset == Duration{}) return offset;
  const Duration whole = grid(frames_in(offset));
  return std::chrono::abs(whole - offset) <= 2 * quantum_ ? whole : offset;
}

FrameClock::Stamp FrameClock::stamp(MediaTime dts, MediaTime pts) {
  const Duration offset = settle_offset(std::max(pts - dts, Duration{}));
  if (!started_ || !rate_.known()) {
    if (started_) dts = std::max(dts, last_ + shortest_step);
    if (!started_) steady_ = std::min(steady_, 0), drift_ = {};
    started_ = true;
    anchor(dts);
    last_ = dts;
    return {dts, dts + offset, rate_.known() && (audio_ || steady_ == 0) ? grid(1) : Duration{}};
  }
  count_ += audio_ ? 1 : std::max<std::int64_t>(1, frames_in(dts - last_));
  const MediaTime predicted = anchor_ + grid(count_);
  MediaTime settled = audio_ ? settle_audio(predicted, dts) : settle_video(predicted, dts);
  if (settled <= last_) {
    settled = last_ + shortest_step;
    anchor(settled);
  }
  last_ = settled;
  return {settled, settled + offset, audio_ || steady_ >= 0 ? grid(1) : Duration{}};
}

}  // namespace rostrum::engine
