#include "llhls/packager.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "llhls/init_segment.hpp"

namespace rostrum::llhls {
namespace {

using namespace std::chrono_literals;

// How much of a frame's real length a sample may leave to the next one so that a part keeps its target.
constexpr Duration slack_time = 1ms;
// A part's two ends, as a millisecond clock sees them.
constexpr Duration rounding_time = 1ms;
// Audio stamps wander this much around the count of samples before the count follows them.
constexpr Duration audio_band = 2ms;
// Counted samples follow a slower clock by this much a segment, in its last part, which alone has room for it.
constexpr Duration audio_step = 900us;
// Audio that is late by up to this many frames is late, or bridged by repeating the last frame; more becomes gap parts.
constexpr Ticks most_late = 5;
// So many late ones in a row, and frames were lost.
constexpr int frames_to_believe = 8;
// Audio never waits longer for video to say where it cuts.
constexpr Duration longest_wait = 1s;
// Audio this long before the first picture of a period belongs to that period, and has no place in it.
constexpr Duration longest_head = 500ms;
// More than this in one part, and the source's time stands still: 2 s of 480 frames a second are 960.
constexpr std::size_t most_samples = 4'096;
constexpr std::size_t most_bytes = 64 << 20;
// Opus frames are multiples of 2.5 ms (RFC 6716 2.1.4).
constexpr Duration opus_step = 2'500us;

bool same(const Format& a, const Format& b) {
  return a.codec == b.codec && a.config == b.config && a.sample_rate == b.sample_rate && a.width == b.width &&
         a.height == b.height;
}

}  // namespace

Packager::Packager(Track track, PackagerOptions options, const CutList& cuts, PartSink& out)
    : track_(track), options_(std::move(options)), cuts_(cuts), out_(out) {}

Ticks Packager::slack() const {
  return track_ == Track::video ? clock_.span(slack_time) : 0;
}

PartTarget Packager::guess() const {
  double frame = 0;
  const std::uint32_t scale = format_ ? timescale_of(*format_) : clock_.timescale();
  if (track_ == Track::video) {
    frame = interval_.constant() * scale / 1e9;
  } else if (format_ && format_->frame_samples > 0) {
    frame = format_->frame_samples;
  } else {
    frame = static_cast<double>(opus_frame_.count()) * scale / 1e9;
  }
  const auto most = static_cast<Ticks>(static_cast<double>(most_.count()) * scale / 1e9);
  PartTarget target = part_target(options_.part, frame, scale, most);
  // A rate that was measured on a millisecond clock may be a little too high; the parts have to fit all the same.
  if (track_ == Track::video && interval_.rough() && most == 0) target.ticks += TickClock({}, scale).span(rounding_time);
  return target;
}

Duration Packager::target_time() const {
  const std::uint32_t scale = format_ ? timescale_of(*format_) : clock_.timescale();
  return TickClock({}, scale).length(target().ticks);
}

double Packager::frame_rate() const {
  const double frame = interval_.constant();
  if (frame <= 0) return format_ ? format_->frame_rate.value() : 0;
  // What was measured on a coarse clock is one of the rates that there are.
  constexpr double usual[] = {24'000.0 / 1001, 24, 25, 30'000.0 / 1001, 30, 48, 50, 60'000.0 / 1001, 60, 100, 120};
  const double rate = 1e9 / frame;
  const double nearest = *std::ranges::min_element(usual, {}, [&](double each) { return std::abs(each - rate); });
  return std::abs(nearest - rate) < 0.001 * rate ? nearest : rate;
}

void Packager::frame(const FramePtr& frame, bool gated) {
  if (!gated && waiting_.empty()) return place(*frame);
  waiting_.push_back(frame);
  if (!gated) horizon_ = std::max(horizon_, frame->pts + MediaTime(1));
  release();
}

void Packager::horizon(MediaTime t) {
  horizon_ = std::max(horizon_, t);
  release();
}

void Packager::release() {
  while (!waiting_.empty() && (waiting_.front()->pts < horizon_ || waiting_.back()->pts - waiting_.front()->pts > longest_wait)) {
    const FramePtr frame = std::move(waiting_.front());
    waiting_.pop_front();
    place(*frame);
  }
}

void Packager::place(const Frame& frame) {
  if (frame.discontinuity) interval_.restart();
  interval_.add(frame);
  if (track_ == Track::audio && frame.format->frame_samples == 0 && interval_.expected() > Duration(0))
    opus_frame_ = std::max<Duration>(opus_step, (interval_.expected() + opus_step / 2) / opus_step * opus_step);
  if (!started_) {
    if (!start(frame)) return;
  } else {
    const Cut* next = cuts_.find(msn_ + 1);
    if (closed_ && !(next && reaches(*next, frame))) return void(++dropped_);
    if (!same(*format_, *frame.format) && !only_gaps_) {
      const bool announced = next && cuts_.last()->discontinuity;
      if (!announced && on_break) on_break(frame.pts);
    }
    if (next && heads_period(*next, frame)) return void(++dropped_);
    pass_cuts(frame);
    take_format(frame);
  }
  track_ == Track::video ? place_video(frame) : place_audio(frame);
}

// A rendition's first frame opens the segment that the others are in, wherever in it that is.
bool Packager::start(const Frame& frame) {
  const Cut* cut = frame.keyframe ? cuts_.covering(frame.pts) : nullptr;
  if (cut && cut == cuts_.last() && cut->msn < options_.first_msn && on_late_start) {
    on_late_start(frame.pts);
    cut = cuts_.covering(frame.pts);
  }
  if (!cut || cut->msn < options_.first_msn) return false;
  take_format(frame);
  lead_ = first_lead_ = frame.pts - frame.dts;
  started_ = true;
  open(*cut);
  return true;
}

void Packager::take_format(const Frame& frame) {
  const bool changed = !format_ || !same(*format_, *frame.format);
  format_ = frame.format;
  if (!changed) return;
  init_ = out_.format(format_);
  const MediaTime filled = clock_.time(end_);
  clock_ = TickClock(frame.dts, timescale_of(*format_));
  end_ = clock_.at(started_ ? filled : frame.dts);
}

// Audio is counted: where its stamps more or less agree with the count, the count says when a frame is heard.
MediaTime Packager::shown(const Frame& frame) const {
  if (track_ == Track::video) return frame.pts;
  const Ticks step = frame_ticks(frame);
  const Ticks error = clock_.at(frame.pts) - end_;
  return error > -step * 3 / 4 && error <= most_late * step ? clock_.time(end_) : frame.pts;
}

bool Packager::reaches(const Cut& cut, const Frame& frame) const {
  if (cuts_.last()->discontinuity && !same(*format_, *frame.format)) return true;
  if (track_ == Track::audio) return shown(frame) >= cut.at;
  // A keyframe of a re-encoded rendition stands where the mark said; the tolerance is a rounded time base.
  if (frame.keyframe) return frame.pts >= cut.at - 1ms;
  if (!cut.keyframe) return frame.pts >= cut.at;
  // The keyframe that was asked for is missing: its decode time has passed.
  return frame.dts >= cut.at + interval_.expected() * 3 / 2;
}

// Audio that a publisher who is back sends before its first picture: after the pause, and before the discontinuity that ends it.
bool Packager::heads_period(const Cut& next, const Frame& frame) const {
  if (track_ == Track::video || !next.discontinuity || reaches(next, frame)) return false;
  return next.at - frame.pts < longest_head && clock_.at(frame.pts) - end_ >= frame_ticks(frame) * 3 / 4;
}

void Packager::pass_cuts(const Frame& frame) {
  while (const Cut* next = cuts_.find(msn_ + 1)) {
    if (!reaches(*next, frame)) return;
    const Cut* after = cuts_.find(msn_ + 2);
    const bool last = !after || !reaches(*after, frame);
    const Ticks nominal = clock_.at(next->at - lead_);
    if (!next->discontinuity) {
      const Ticks here = clock_.at(frame.dts);
      const Ticks step = frame_ticks(frame);
      if (track_ == Track::audio) {
        const Ticks error = here - end_;
        if (error < step * 3 / 4 && last) advance(here, step);
        if (error > most_late * step) advance(nominal, step);
      } else {
        const bool near = last && here - nominal <= 2 * step;
        advance(near ? here : nominal, last ? std::max<Ticks>(0, target().ticks - step) : 0);
      }
    }
    close_segment();
    if (next->discontinuity) {
      lost_until_.reset();
      if (last) {
        take_format(frame);
        clock_ = TickClock(frame.dts, clock_.timescale());
        end_ = clock_.at(frame.dts);
      } else {
        end_ = std::max(end_, nominal);
      }
    }
    if (last) lead_ = frame.pts - frame.dts;
    if (last && next->discontinuity) first_lead_ = lead_;
    open(*next);
  }
}

// The date is of decode time, moved to where it is shown: it goes on by EXTINF whatever single stamps do, and is that of the
// earliest picture where an open GOP shows some before its keyframe.
void Packager::open(const Cut& cut) {
  msn_ = cut.msn;
  parts_ = 0;
  only_gaps_ = true;
  Segment segment;
  segment.msn = cut.msn;
  segment.utc = options_.utc(cut, clock_.time(end_) + first_lead_);
  segment.discontinuities = cut.discontinuities;
  segment.discontinuity = cut.discontinuity;
  segment.init = init_;
  out_.open(std::move(segment));
}

void Packager::close_segment() {
  if (std::exchange(closed_, false)) return;
  close_part();
  // An MSN cannot be left out, so a segment in which nothing happened is a short gap.
  if (parts_ == 0) gap(clock_.span(1ms));
  out_.close();
}

Ticks Packager::frame_ticks(const Frame& frame) const {
  if (track_ == Track::video) return std::max<Ticks>(1, clock_.at(frame.dts + interval_.expected()) - clock_.at(frame.dts));
  if (frame.format->frame_samples > 0) return frame.format->frame_samples;
  return std::max<Ticks>(1, clock_.span(opus_frame_));
}

void Packager::advance(Ticks to, Ticks allowance) {
  Ticks open = to - end_;
  if (!samples_.empty() && track_ == Track::audio && open > clock_.span(audio_band) && open <= allowance) {
    const Ticks step = std::min({open, clock_.span(audio_step), target().ticks - part_});
    samples_.back().duration += static_cast<std::uint32_t>(step);
    part_ += step, end_ += step, open -= step;
  }
  if (!samples_.empty() && track_ == Track::video) {
    Sample& last = samples_.back();
    const Ticks change = std::clamp<Ticks>(open, 1 - static_cast<Ticks>(last.duration), target().ticks - part_);
    last.duration = static_cast<std::uint32_t>(last.duration + change);
    part_ += change;
    end_ += change;
    open -= change;
    if (open > 0) close_part();
  }
  if (open > allowance) gap(open);
}

void Packager::gap(Ticks length) {
  if (length <= 0) return;
  close_part();
  const Ticks target = this->target().ticks;
  if (!fixed_) fixed_ = this->target();
  const Ticks count = (length + target - 1) / target;
  for (Ticks i = 0; i < count; ++i) {
    out_.part({{}, clock_.length(length * (i + 1) / count - length * i / count), false, true});
    ++parts_;
  }
  end_ += length;
}

void Packager::place_video(const Frame& frame) {
  const Ticks start = clock_.at(frame.dts);
  const Ticks step = frame_ticks(frame);
  if (need_keyframe_ && !frame.keyframe) return void(++dropped_);
  if ((lost_until_ && start < *lost_until_ - step / 2) || start < end_ - target().ticks) {
    need_keyframe_ = true;
    return void(++dropped_);
  }
  lost_until_.reset();
  advance(start, std::max<Ticks>(0, target().ticks - step));
  need_keyframe_ = samples_.size() >= most_samples || part_bytes_ >= most_bytes;
  if (need_keyframe_) return void(++dropped_);
  const Ticks target = this->target().ticks;
  // Where a part has enough in it anyway, the keyframe starts the next one: a player can join there.
  if (frame.keyframe && part_ >= least(target)) close_part();
  Ticks duration = std::max<Ticks>(1, start + step - end_);
  if (!samples_.empty() && part_ + duration > target + slack()) {
    if (const Ticks missing = least(target) - part_; missing > 0 && missing < duration) {
      samples_.back().duration += static_cast<std::uint32_t>(missing);
      part_ += missing, end_ += missing, duration -= missing;
    }
    close_part();
  }
  duration = std::clamp<Ticks>(duration, 1, std::max<Ticks>(1, target - part_));
  const Ticks farthest = clock_.span(10s);  // of a hostile composition time
  push({frame.data, static_cast<std::uint32_t>(duration),
        static_cast<std::int32_t>(std::clamp(clock_.at(frame.pts) - end_, -farthest, farthest)), frame.keyframe});
  if (part_ + step > target + slack() && part_ >= least(target)) close_part();
}

void Packager::place_audio(const Frame& frame) {
  const Ticks step = frame_ticks(frame);
  const Ticks error = clock_.at(frame.pts) - end_;
  if (error <= -step * 3 / 4) return void(++dropped_);
  lost_until_.reset();
  if (error > most_late * step) gap(error);
  bridge(error, step);
  // Stamps run faster than the samples: give one sample back a frame. The other way round is mended where segments end.
  const bool ahead = error < -clock_.span(audio_band);
  sound(frame.data, std::min(step, target().ticks) - (ahead ? 1 : 0), step);
  repeatable_ = frame.data;
}

// Muxers under load stamp some frames late, and the next ones right again. Frames that stay late follow a loss.
void Packager::bridge(Ticks error, Ticks step) {
  const bool late = error >= step * 3 / 4 && error <= most_late * step;
  late_by_ = late_frames_ > 0 ? std::min(late_by_, error) : error;
  late_frames_ = late ? late_frames_ + 1 : 0;
  if (late_frames_ < frames_to_believe) return;
  late_frames_ = 0;
  for (Ticks lost = (late_by_ + step / 2) / step; lost > 0 && !repeatable_.empty(); --lost) sound(repeatable_, step, step);
}

void Packager::sound(const Bytes& data, Ticks duration, Ticks step) {
  if (!samples_.empty() && part_ + duration > target().ticks) close_part();
  push({data, static_cast<std::uint32_t>(duration), 0, true});
  if (part_ + step > target().ticks) close_part();
}

void Packager::push(Sample sample) {
  part_ += sample.duration;
  end_ += sample.duration;
  part_bytes_ += sample.data.size();
  samples_.push_back(std::move(sample));
}

void Packager::close_part() {
  if (samples_.empty()) return;
  if (!fixed_) fixed_ = target();
  const Ticks start = end_ - part_;
  Bytes before;
  if (const Cut* cut = cuts_.find(msn_); cut && options_.prft)
    before = make_prft(options_.utc(*cut, clock_.time(start)), static_cast<std::uint64_t>(start));
  Part part{make_part_body(track_, ++sequence_, static_cast<std::uint64_t>(start), samples_, before), clock_.length(part_),
            samples_.front().sync, false};
  samples_.clear();
  part_ = 0;
  part_bytes_ = 0;
  ++parts_;
  only_gaps_ = false;
  out_.part(std::move(part));
}

void Packager::pace(MediaTime t) {
  if (!started_ || (closed_ && !cuts_.find(msn_ + 1))) return;
  const Ticks goal = clock_.at(t - lead_);
  const Ticks target = this->target().ticks;
  if (goal < end_ + target) return;
  while (const Cut* next = cuts_.find(msn_ + 1)) {
    const Ticks at = clock_.at(next->at - lead_);
    if (next->discontinuity && goal < at + target) return;  // nothing is missing before it
    if (goal < at) break;
    if (!next->discontinuity) advance(std::max(at, end_), 0);
    close_segment();
    end_ = std::max(end_, at);
    open(*next);
    lost_until_ = end_;
  }
  const Ticks count = (goal - end_) / target;
  if (count <= 0) return;
  close_part();
  for (Ticks i = 0; i < count; ++i) gap(target);
  lost_until_ = end_;
}

bool Packager::fills_segment() const {
  const Duration tolerance = track_ == Track::video ? interval_.expected() / 2 : Duration(0);
  const MediaTime next = clock_.time(end_) + lead_ + tolerance;
  if (const Cut* cut = cuts_.find(msn_ + 1)) return next >= cut->at;
  const auto expected = cuts_.expected();
  return expected && next >= *expected;
}

void Packager::pause() {
  while (!waiting_.empty()) {
    const FramePtr frame = std::move(waiting_.front());
    waiting_.pop_front();
    place(*frame);
  }
  close_part();
  // Closed, because a short part is allowed at the end of a segment only.
  if (!started_ || closed_ || parts_ == 0) return;
  out_.close();
  closed_ = true;
}

void Packager::end() {
  pause();
  started_ = false;
}

}  // namespace rostrum::llhls
