// A stream's publishers: who has the name, which tracks come, what stays when one goes.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <rostrum/log.hpp>

#include "engine/stream_core.hpp"

namespace rostrum::engine {
namespace {

using namespace std::chrono_literals;
constexpr Duration tracks_known_after = 500ms;
constexpr std::size_t most_early = 2000;  // frames before the tracks are known

}  // namespace

Result<std::uint64_t> StreamCore::claim(Claimant claimant) {
  std::function<void(std::string_view)> kicked;
  std::uint64_t number = 0;
  const Duration quantum = claimant.quantum;
  {
    std::lock_guard lock(mutex_);
    if (state_ >= StreamState::draining) return fail(Errc::closed, setup_.name, "the stream has ended");
    if (!publishable_)
      return fail(Errc::busy, setup_.name, "the name is taken by a stream that has its own source; choose another");
    if (claimant_ && !takeover_)
      return fail(Errc::busy, setup_.name,
                  "the name is being published; choose another, or set takeover: true on its publisher node");
    if (claimant_) kicked = std::move(claimant_->kicked);
    claimant_ = std::move(claimant);
    number = ++claims_;
  }
  if (kicked) kicked("another publisher took the stream over");
  setup_.strand->run([self = shared_from_this(), number, quantum] { self->begin_publication(number, quantum); });
  return number;
}

void StreamCore::kick(std::string_view why) {
  std::function<void(std::string_view)> kicked;
  {
    std::lock_guard lock(mutex_);
    if (claimant_) kicked = std::move(claimant_->kicked);
    claimant_.reset();
  }
  if (kicked) kicked(why);
}

void StreamCore::announce(std::uint64_t claim, bool video, bool audio, Rational frame_rate) {
  setup_.strand->run([self = shared_from_this(), claim, video, audio, frame_rate] {
    if (claim != self->publication_) return;
    self->announced_ = true;
    self->wants_video_ = video;
    self->wants_audio_ = audio;
    self->normaliser_.announce(frame_rate);
  });
}

void StreamCore::frame(std::uint64_t claim, Frame frame) {
  const Duration at = setup_.house.clock.monotonic();
  const UtcTime utc = setup_.house.clock.utc();
  frames_.fetch_add(1, std::memory_order_relaxed);
  frames_in_.add();
  bytes_in_.add(frame.data.size());
  if (setup_.strand->here()) {
    if (claim == publication_) take(std::move(frame), at, utc);
    return;
  }
  setup_.strand->post([self = shared_from_this(), claim, frame = std::move(frame), at, utc] {
    if (claim == self->publication_) self->take(frame, at, utc);
  });
}

void StreamCore::release(std::uint64_t claim, std::string why) {
  {
    std::lock_guard lock(mutex_);
    if (claims_ != claim) return;  // somebody took over
    claimant_.reset();
  }
  setup_.strand->run([self = shared_from_this(), claim, why = std::move(why)] {
    if (claim == self->publication_) self->end_publication(why);
  });
}

void StreamCore::begin_publication(std::uint64_t claim, Duration quantum) {
  if (closing_ || claim < publication_) return;
  if (publication_ != 0) finish_publication();
  publication_ = claim;
  ++epoch_;
  settled_ = announced_ = wants_video_ = wants_audio_ = seen_video_ = seen_audio_ = false;
  reorder_ = video_at_ = {};
  early_frames_.clear();
  normaliser_.begin(quantum);
}

void StreamCore::take(Frame raw, Duration at, UtcTime utc) {
  const MediaTime expected = timeline_.media(utc).value_or(utc.time_since_epoch());
  const auto frame = std::make_shared<const Frame>(normaliser_.map(std::move(raw), {at, expected}));
  if (normaliser_.rebased()) timeline_.restart();
  const bool video = frame->format->track() == Track::video;
  if (video && frame->keyframe) reorder_ = frame->pts - frame->dts;
  if (video) video_at_ = at;
  // Interleaving makes audio late or early, so the video says when a moment was; a keyframe's PTS falls on its own arrival.
  if (video || at - video_at_ > 1s || video_at_ == Duration{})
    timeline_.arrived(frame->dts + (video ? reorder_ : Duration{}), utc, at);

  if (settled_) return sequencer_->frame(frame);
  const bool first = !seen_video_ && !seen_audio_;
  (video ? seen_video_ : seen_audio_) = true;
  early_frames_.push_back(frame);
  const bool all = (seen_video_ && seen_audio_) || (announced_ && (wants_video_ || wants_audio_) &&
                                                    (!wants_video_ || seen_video_) && (!wants_audio_ || seen_audio_));
  if (all || early_frames_.size() >= most_early) return settle_tracks();
  if (!first) return;
  setup_.strand->after(tracks_known_after, [weak = weak_from_this(), epoch = epoch_] {
    const auto self = weak.lock();
    if (self && self->epoch_ == epoch && !self->settled_) self->settle_tracks();
  });
}

bool StreamCore::make_flow() {
  auto flow = Flow::make({
      setup_.name,
      setup_.plan,
      setup_.house,
      timeline_,
      setup_.strand,
      [this](const Error& error) { end(StreamState::failed, error.message()); },
      [this](std::vector<std::string> names) {
        std::lock_guard lock(mutex_);
        offers_ = std::move(names);
      },
      [this] { end(StreamState::ended, "its sources have ended"); },
      [this](const Frame& frame) {
        frames_.fetch_add(1, std::memory_order_relaxed);
        if (frame.format->track() == Track::video || !seen_video_)
          timeline_.arrived(frame.dts, setup_.house.clock.utc(), setup_.house.clock.monotonic());
        seen_video_ = seen_video_ || frame.format->track() == Track::video;
      },
  });
  if (!flow) {
    end(StreamState::failed, flow.error().message());
    return false;
  }
  flow_ = std::move(*flow);
  sequencer_.emplace(keyframe_interval(*setup_.plan), *flow_);
  std::vector<Route> routes;
  for (const auto& node : flow_->sinks()) {
    for (const RouteInfo& info : node->kind().routes) routes.push_back({&info, node});
  }
  std::lock_guard lock(mutex_);
  routes_ = std::move(routes);
  return true;
}

void StreamCore::settle_tracks() {
  settled_ = true;
  const bool back = flow_ != nullptr;
  if (!back && !make_flow()) return;
  if (back) flow_->resume();
  if (!seen_video_) flow_->disconnect(Track::video);
  if (!seen_audio_) flow_->disconnect(Track::audio);
  std::vector<FramePtr> frames = std::exchange(early_frames_, {});
  for (const Track track : {Track::video, Track::audio}) {
    const auto first = std::ranges::find(frames, track, [](const FramePtr& f) { return f->format->track(); });
    if (first != frames.end()) flow_->connect((*first)->format);
  }
  sequencer_->begin(seen_video_);
  for (const FramePtr& frame : frames) sequencer_->frame(frame);
  become(StreamState::live);
  unpark();
  const StreamInfo now = info();
  log(Level::info, "engine", setup_.name,
      fmt::format("{} {} from {}", back ? "goes on with" : "live with",
                  seen_video_ && seen_audio_ ? "video and audio"
                  : seen_video_              ? "video"
                                             : "audio",
                  now.publisher));
}

void StreamCore::finish_publication() {
  if (sequencer_) early_.add(sequencer_->take_dropped());
  if (!std::exchange(settled_, false)) return;
  sequencer_->flush();
  flow_->gap();
}

void StreamCore::end_publication(const std::string& why) {
  publication_ = 0;
  ++epoch_;
  finish_publication();
  if (!flow_ || linger_ <= Duration{}) return end(StreamState::ended, why);
  log(Level::info, "engine", setup_.name,
      fmt::format("publisher gone ({}); waiting {} s for it", why,
                  std::chrono::duration_cast<std::chrono::seconds>(linger_).count()));
  become(StreamState::idle);
  setup_.strand->after(linger_, [weak = weak_from_this(), epoch = epoch_] {
    const auto self = weak.lock();
    if (self && self->epoch_ == epoch) self->end(StreamState::ended, "the publisher did not come back");
  });
}

}  // namespace rostrum::engine
