#include "engine/sequencer.hpp"

#include <algorithm>
#include <utility>

namespace rostrum::engine {
namespace {

using namespace std::chrono_literals;
constexpr Duration stalled = 1s;
// ffmpeg's muxer waits 10 s for a late picture before it sends the sound without it.
constexpr Duration most_patience = 12s;
constexpr Duration margin = 500ms;
constexpr Duration eagerness = 500ms;  // what patience loses at a keyframe that did not need it
constexpr Duration by_time = 2s;       // marks where no encoder asks for an interval
constexpr std::size_t most_waiting = 1000;

}  // namespace

Sequencer::Sequencer(std::optional<Duration> interval, Downstream& out) : interval_(interval), out_(out), patience_(stalled) {}

void Sequencer::begin(bool video) {
  flush();
  has_video_ = video;
  video_at_ = heard_ = MediaTime::min();
  open_ = false;
  fresh_ = true;
  patience_ = stalled;
}

void Sequencer::frame(const FramePtr& frame) {
  if (frame->format->track() == Track::video) {
    has_video_ = true;
    video(frame);
  } else if (has_video_) {
    audio(frame);
  } else {
    drive(frame);
  }
}

bool Sequencer::due(MediaTime at, Duration interval) const {
  return !last_mark_ || at - *last_mark_ >= interval;
}

void Sequencer::mark(MediaTime at, bool source_keyframe) {
  fresh_ = false;
  last_mark_ = at;
  out_.mark({at, source_keyframe, std::exchange(broken_, false)});
}

void Sequencer::advance(MediaTime at) {
  if (horizon_ && at <= *horizon_) return;
  horizon_ = at;
  out_.horizon(at);
}

void Sequencer::video(const FramePtr& frame) {
  broken_ = broken_ || (last_mark_ && (frame->discontinuity || (format_ && frame->format != format_)));
  format_ = frame->format;
  if (!open_ && !frame->keyframe) {
    ++dropped_;
    return;
  }
  // Frames at or after a mark have not been out, so a mark can stand only past all that was shown; a B-frame is no place for one.
  const bool possible =
      frame->pts > shown_ && (!horizon_ || frame->pts >= *horizon_) && (!last_mark_ || frame->pts > *last_mark_);
  // An encoder that looks ahead, or was short of time, sends its pictures late and its sound at once: marks that only sound has
  // made fit no keyframe.
  if (frame->keyframe && heard_ != MediaTime::min())
    patience_ = std::clamp(std::max(heard_ - frame->pts + margin, patience_ - eagerness), stalled, most_patience);
  const bool wanted = frame->keyframe || broken_ || (interval_ && due(frame->pts, *interval_));
  if (possible && wanted) {
    if (!open_) {
      // Nothing can be cut before the first keyframe, so what ended before it is of no use to a new publication's sinks.
      std::erase_if(waiting_, [&](const FramePtr& f) { return f->pts + f->duration <= frame->pts; });
    } else {
      release(frame->pts);
    }
    mark(frame->pts, frame->keyframe);
  }
  open_ = true;
  shown_ = std::max(shown_, frame->pts);
  video_at_ = frame->pts;
  out_.frame(frame);
  // What is shown later comes with a higher DTS, and no sooner than the frame after this one. Half a period leaves room for the
  // correction of its timestamp.
  const MediaTime safe = frame->pts == frame->dts ? frame->pts + std::max<Duration>(frame->duration / 2, 1ns) : frame->dts;
  release(safe);
  advance(safe);
}

void Sequencer::audio(const FramePtr& frame) {
  waiting_.push_back(frame);
  heard_ = frame->pts;
  if (video_at_ == MediaTime::min()) video_at_ = frame->pts;
  if (horizon_ && open_) release(*horizon_);
  // Video that stays away must not stop the sound.
  while (!waiting_.empty() && (waiting_.size() > most_waiting || frame->pts - video_at_ > patience_)) {
    const FramePtr first = waiting_.front();
    waiting_.pop_front();
    drive(first);
  }
}

void Sequencer::release(MediaTime before) {
  while (!waiting_.empty() && waiting_.front()->pts < before) {
    const FramePtr frame = waiting_.front();
    waiting_.pop_front();
    out_.frame(frame);
  }
}

void Sequencer::drive(const FramePtr& frame) {
  broken_ = broken_ || (last_mark_ && frame->discontinuity && !open_);
  const bool possible = (!horizon_ || frame->pts >= *horizon_) && (!last_mark_ || frame->pts > *last_mark_);
  if (possible && (fresh_ || broken_ || due(frame->pts, interval_.value_or(by_time)))) mark(frame->pts, !has_video_);
  out_.frame(frame);
  advance(frame->pts + std::max<Duration>(frame->duration, 1ns));
}

void Sequencer::flush() {
  release(MediaTime::max());
}

}  // namespace rostrum::engine
