#include "rig.hpp"

#include <algorithm>
#include <cstring>

namespace rig {

void House::pass(Duration time) {
  const Duration end = now_.load() + time;
  const auto due = [&]() -> std::function<void()> {
    std::lock_guard lock(mutex_);
    if (timers_.empty() || timers_.begin()->first > end) return nullptr;
    auto timer = timers_.extract(timers_.begin());
    now_ = std::max(now_.load(), timer.key());
    return std::move(timer.mapped());
  };
  while (const auto run = due()) run();
  now_ = end;
}

Counter& House::counter(std::string_view name, std::string_view, const Labels& labels) {
  std::string cell(name);
  for (const auto& [key, value] : labels) cell += "," + std::string(key) + "=" + std::string(value);
  return counters_[cell];
}

FormatPtr h264(Rational rate, int width, int height, char variant) {
  Format format;
  format.codec = Codec::h264;
  format.config = Bytes(std::string("\x01\x64\x00\x1f\xff\xe1\x00\x04gsps\x01\x00\x04hpps", 20) + variant);
  format.rfc6381 = "avc1.64001f";
  format.width = width;
  format.height = height;
  format.frame_rate = rate;
  return std::make_shared<const Format>(format);
}

FormatPtr aac(int sample_rate, int frame_samples) {
  Format format;
  format.codec = Codec::aac;
  format.config = Bytes(std::string("\x11\x90", 2));
  format.rfc6381 = frame_samples == 2048 ? "mp4a.40.5" : "mp4a.40.2";
  format.sample_rate = sample_rate;
  format.channels = 2;
  format.frame_samples = frame_samples;
  return std::make_shared<const Format>(format);
}

Rendition video(int id, std::string label, FormatPtr format, std::int64_t bitrate) {
  return {id, "ladder." + label, label, std::move(format), bitrate, bitrate == 0};
}

Rendition audio(int id, std::string label, FormatPtr format, std::int64_t bitrate) {
  return {id, label, label, std::move(format), bitrate, false};
}

MediaTime at(std::int64_t n, Rational rate) {
  // Rounded to the nearest nanosecond, as an engine does that knows the rate.
  const std::int64_t seconds = n * rate.den / rate.num;
  const std::int64_t rest = n * rate.den % rate.num;
  return epoch + std::chrono::seconds(seconds) + MediaTime((rest * 1'000'000'000 + rate.num / 2) / rate.num);
}

FramePtr frame(const FormatPtr& format, MediaTime pts, bool keyframe, std::size_t size, MediaTime dts) {
  Frame f;
  f.format = format;
  f.data = Bytes(std::string(size, keyframe ? 'K' : 'p'));
  f.pts = pts;
  f.dts = dts == MediaTime::min() ? pts : dts;
  f.keyframe = keyframe;
  return std::make_shared<const Frame>(std::move(f));
}

std::string Answer::header(std::string_view name) const {
  return came() ? std::string((*slot)->header(name)) : std::string();
}

std::string Answer::body() const {
  std::string text;
  if (!came()) return text;
  for (const Bytes& bytes : (*slot)->body) text += bytes.text();
  return text;
}

Stage::Stage(llhls::Options options) {
  if (options.token.empty()) options.token = "t0";
  node = std::make_unique<llhls::Packaging>(house, std::move(options));
}

Answer Stage::get(const std::string& target, std::vector<Header> headers) {
  HttpRequest request;
  const auto question = std::min(target.find('?'), target.size());
  request.path = "/live/cam/" + target.substr(0, question);
  request.query = target.substr(std::min(question + 1, target.size()));
  request.headers = std::move(headers);
  Answer answer;
  node->handle(request, target.substr(0, question),
               HttpReply::from([slot = answer.slot](HttpResponse response) { *slot = std::move(response); }));
  return answer;
}

Source& Source::with_video(int id, FormatPtr format, Duration late) {
  tracks_.push_back({id, format ? format : h264(rate_), true, late});
  return *this;
}

Source& Source::with_audio(int id, FormatPtr format) {
  Track track{id, std::move(format), false, 0ns};
  while (time_of(track, track.next) < origin_ + played_) ++track.next;
  tracks_.push_back(track);
  return *this;
}

MediaTime Source::time_of(const Track& track, std::int64_t n) const {
  return at(n, track.video ? rate_ : Rational{track.format->sample_rate, track.format->frame_samples}) - epoch + origin_;
}

void Source::give(Track& track) {
  const std::int64_t n = track.next++;
  const MediaTime pts = time_of(track, n);
  const bool key = !track.video || (keyframe ? keyframe(n) : n % gop_ == 0);
  const MediaTime dts = track.video ? pts - (time_of(track, reorder) - origin_) : pts;
  auto made = std::make_shared<Frame>(*frame(track.format, pts, key, track.video ? size : size / 10, dts));
  made->discontinuity = std::exchange(track.fresh, false);
  stage_.node->frame(track.id, made);
}

// Order of a live source: a mark before any frame at or after it, each track by its own time and lateness.
void Source::play(Duration until) {
  while (true) {
    Track* next = nullptr;
    for (Track& track : tracks_)
      if (!next || time_of(track, track.next) + track.late < time_of(*next, next->next) + next->late) next = &track;
    if (!next) return;
    const MediaTime due = time_of(*next, next->next) + next->late - origin_;
    if (due >= until) break;
    if (due > played_) stage_.house.pass(due - played_), played_ = due;
    const bool marks = next->late == 0ns && (next->video || std::ranges::none_of(tracks_, &Track::video));
    if (marks) {
      const std::int64_t n = next->next;
      const bool key = next->video ? (keyframe ? keyframe(n) : n % gop_ == 0) : time_of(*next, n) >= origin_ + (marked_ + 1) * 2s;
      const MediaTime pts = time_of(*next, n);
      if (key && !next->video) ++marked_;
      if (key) stage_.node->mark({pts, true, std::exchange(discontinuity_, false)});
      give(*next);
      stage_.node->horizon(pts);
    } else {
      give(*next);
    }
  }
  stage_.house.pass(until - played_);
  played_ = until;
}

void Source::jump(Duration ahead) {
  origin_ += played_ + ahead;
  played_ = 0ns;
  marked_ = -1;
  discontinuity_ = true;
  for (Track& track : tracks_) track.next = 0, track.fresh = true;
  stage_.house.pass(ahead);
}

}  // namespace rig
