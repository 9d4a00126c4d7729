#include "engine/normaliser.hpp"

#include <algorithm>

namespace rostrum::engine {
namespace {

using namespace std::chrono_literals;
constexpr Duration back = 250ms;   // further back than reordering and rounding explain
constexpr Duration ahead = 500ms;  // further ahead of the wall clock than frames that come early explain
constexpr Duration apart = 3s;     // audio and video further apart at the start do not share a base
constexpr Duration late = 3s;      // behind the wall clock ...
constexpr Duration late_for = 5s;  // ... for so long that it was a pause of the publisher's clock, not a stalled network

}  // namespace

void Normaliser::begin(Duration quantum) {
  quantum_ = quantum;
  returned_ = ever_;
  announced_ = {};
  for (Line& line : lines_) {
    line = Line{};
    line.clock = FrameClock(quantum);
  }
}

MediaTime Normaliser::continued(const Line& line, Duration now) const {
  return line.dts + (now - line.at);
}

bool Normaliser::place_first(Line& line, const Line& other, const Frame& frame, const Arrival& arrival) {
  line.seen = true;
  if (!other.seen) {
    line.base = std::max(arrival.expected, end_) - frame.dts;
    return true;
  }
  line.base = other.base;
  const MediaTime reference = continued(other, arrival.monotonic);
  if (std::chrono::abs(frame.dts + line.base - reference) > apart) line.base = reference - frame.dts;
  return false;
}

bool Normaliser::place_next(Line& line, const Line& other, const Frame& frame, const Arrival& arrival) {
  const Duration elapsed = arrival.monotonic - line.at;
  Duration step = frame.dts - line.raw;
  const Duration wrap = quantum_ * (std::int64_t{1} << 32);
  if (wrap > Duration{} && step < -wrap / 2 && std::chrono::abs(step + wrap - elapsed) < 10s) {
    line.base += wrap;
    step += wrap;
  }
  // The network only delays: what a step puts ahead of the wall clock was no frames lost on the way. A slow source's steps are
  // long.
  const Duration early = std::max(ahead, 3 * line.step);
  const bool jumped = step < -back || (step - elapsed > early && frame.dts + line.base - arrival.expected > early);
  line.step = jumped ? Duration{} : std::max(step, Duration{});
  if (!jumped) {
    const bool behind = arrival.expected - (frame.dts + line.base) > late;
    if (!behind || line.late_since == Duration{}) line.late_since = behind ? arrival.monotonic : Duration{};
    const bool safe = frame.keyframe || frame.format->track() == Track::audio;
    if (!behind || !safe || arrival.monotonic - line.late_since < late_for) return false;
  }
  line.late_since = {};
  // The other track may have jumped before: then both go on with one base, and keep in step with each other.
  const MediaTime together = frame.dts + other.base;
  if (other.seen && other.base != line.base && together > line.dts &&
      std::chrono::abs(together - continued(other, arrival.monotonic)) < apart) {
    line.base = other.base;
  } else {
    line.base = std::max(jumped ? continued(line, arrival.monotonic) : arrival.expected, end_) - frame.dts;
  }
  return true;
}

void Normaliser::take_format(Line& line, Frame& frame) {
  if (frame.format != line.sent) {
    line.sent = line.format = frame.format;
    const bool video = frame.format->track() == Track::video;
    if (video && !frame.format->frame_rate.known() && announced_.known()) {
      auto rated = std::make_shared<Format>(*frame.format);
      rated->frame_rate = announced_;
      line.format = std::move(rated);
    }
    const Format& format = *line.format;
    line.clock.set_rate(video                      ? format.frame_rate
                        : format.frame_samples > 0 ? Rational{format.sample_rate, format.frame_samples}
                                                   : Rational{},
                        !video);
  }
  frame.format = line.format;
}

Frame Normaliser::map(Frame frame, const Arrival& arrival) {
  const bool video = frame.format->track() == Track::video;
  Line& line = lines_[video ? 0 : 1];
  const Line& other = lines_[video ? 1 : 0];
  rebased_ = false;

  const bool first = !line.seen;
  const bool moved = first ? place_first(line, other, frame, arrival) : place_next(line, other, frame, arrival);
  rebased_ = moved && ever_;
  frame.discontinuity = frame.discontinuity || rebased_ || (first && returned_);
  if (moved) line.clock.restart();
  take_format(line, frame);

  const FrameClock::Stamp stamp = line.clock.stamp(frame.dts + line.base, frame.pts + line.base);
  line.raw = frame.dts;
  line.at = arrival.monotonic;
  line.dts = frame.dts = stamp.dts;
  frame.pts = stamp.pts;
  if (stamp.duration > Duration{}) frame.duration = stamp.duration;
  end_ = std::max(end_, frame.pts + frame.duration);
  ever_ = true;
  return frame;
}

}  // namespace rostrum::engine
