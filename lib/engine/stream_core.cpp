#include "engine/stream_core.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include <fmt/format.h>

#include <rostrum/log.hpp>

namespace rostrum::engine {
namespace {

using namespace std::chrono_literals;
constexpr Duration tracks_known_after = 500ms;
constexpr std::size_t most_early = 2000;  // frames before the tracks are known
constexpr Duration start_wait = 5s;
constexpr std::size_t most_parked = 20'000;
constexpr Duration kept_after_end = 60s;
constexpr Duration control_limit = 5s;

const Params* publisher_params(const graph::Plan& plan) {
  for (const graph::PlanNode& node : plan.nodes) {
    if (node.kind->name == graph::publisher_kind) return &node.params;
  }
  return nullptr;
}

HttpResponse no_such_stream() {
  auto response = HttpResponse::problem(404, "Not Found", "no such stream, or nobody publishes it now");
  std::erase_if(response.headers, [](const Header& h) { return h.name == "Cache-Control"; });
  response.headers.push_back({"Cache-Control", "max-age=1"});
  return response;
}

}  // namespace

bool route_matches(std::string_view pattern, std::string_view path) {
  while (true) {
    const auto pattern_end = pattern.find('/');
    const auto path_end = path.find('/');
    const std::string_view want = pattern.substr(0, pattern_end), have = path.substr(0, path_end);
    if (have.empty() || (want != "*" && want != have)) return false;
    if ((pattern_end == std::string_view::npos) != (path_end == std::string_view::npos)) return false;
    if (pattern_end == std::string_view::npos) return true;
    pattern.remove_prefix(pattern_end + 1);
    path.remove_prefix(path_end + 1);
  }
}

StreamCore::StreamCore(Setup setup)
    : setup_(std::move(setup)),
      frames_in_(setup_.house.metrics.counter("rostrum_frames_in_total", "Frames that publishers sent")),
      bytes_in_(setup_.house.metrics.counter("rostrum_frame_bytes_in_total", "Bytes of the frames that publishers sent")),
      early_(setup_.house.metrics.counter("rostrum_frames_before_keyframe_total",
                                          "Video frames left out before a publication's first keyframe")) {
  if (const Params* params = publisher_params(*setup_.plan)) {
    linger_ = params->duration("linger");
    takeover_ = params->flag("takeover");
    publishable_ = true;
  }
}

StreamCore::~StreamCore() = default;

// ---------------------------------------------------------------- what others ask

StreamInfo StreamCore::info() const {
  std::lock_guard lock(mutex_);
  StreamInfo info;
  info.name = setup_.name;
  info.state = state_;
  info.error = error_;
  if (claimant_) info.publisher = claimant_->who;
  info.renditions = offers_;
  info.frames_in = frames_.load();
  if (live_since_ != Duration{})
    info.uptime = (live_until_ != Duration{} ? live_until_ : setup_.house.clock.monotonic()) - live_since_;
  return info;
}

StreamState StreamCore::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

bool StreamCore::over() const {
  return state() >= StreamState::draining;
}

bool StreamCore::wait(Duration limit) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return state_ == StreamState::ended || state_ == StreamState::failed; });
}

void StreamCore::become(StreamState state, std::string error) {
  {
    std::lock_guard lock(mutex_);
    if (state_ == state) return;
    state_ = state;
    error_ = std::move(error);
    if (state == StreamState::live && live_since_ == Duration{}) live_since_ = setup_.house.clock.monotonic();
    if (state >= StreamState::failed) live_until_ = setup_.house.clock.monotonic();
  }
  changed_.notify_all();
  log(Level::debug, "engine", setup_.name, name_of(state));
}

// What the stream's thread answers. The promise goes with the question: one that is dropped with its strand is answered at once.
template <class T>
Result<T> StreamCore::ask(std::function<Result<T>()> question) {
  if (setup_.strand->here()) return question();
  auto promise = std::make_shared<std::promise<Result<T>>>();
  auto answer = promise->get_future();
  setup_.strand->post([self = shared_from_this(), promise = std::exchange(promise, nullptr), question = std::move(question)] {
    promise->set_value(question());
  });
  if (answer.wait_for(control_limit) != std::future_status::ready)
    return fail(Errc::timeout, setup_.name, "the stream did not answer within 5 s");
  try {
    return answer.get();
  } catch (const std::future_error&) {
    return fail(Errc::closed, setup_.name, "the stream is gone");
  }
}

Result<void> StreamCore::set(std::string_view node, std::string_view parameter, std::string_view value) {
  return ask<void>([this, n = std::string(node), p = std::string(parameter), v = std::string(value)]() -> Result<void> {
    if (!flow_ || closing_) return fail(Errc::closed, setup_.name, "the stream does not run");
    return flow_->set(n, p, v);
  });
}

std::string StreamCore::dot() {
  const std::string empty = "digraph stream {}\n";
  return ask<std::string>([this, empty]() -> Result<std::string> { return flow_ ? flow_->dot() : empty; }).value_or(empty);
}

// ---------------------------------------------------------------- viewers

const RouteInfo* StreamCore::route(std::string_view rest) const {
  for (const graph::PlanNode& node : setup_.plan->nodes) {
    for (const RouteInfo& info : node.kind->routes) {
      if (route_matches(info.pattern, rest)) return &info;
    }
  }
  return nullptr;
}

void StreamCore::handle(const HttpRequest& request, std::string_view rest, HttpReply reply) {
  std::shared_ptr<SinkNode> node;
  {
    std::lock_guard lock(mutex_);
    for (const Route& r : routes_) {
      if (!route_matches(r.info->pattern, rest)) continue;
      node = r.node;
      break;
    }
    const RouteInfo* info = route(rest);
    if (!node && state_ == StreamState::starting && info != nullptr && info->waits_for_start && parked_.size() < most_parked) {
      const std::uint64_t id = next_parked_++;
      parked_.push_back({id, request, std::string(rest), std::move(reply)});
      setup_.strand->after(start_wait, [weak = weak_from_this(), id] {
        const auto self = weak.lock();
        if (!self) return;
        HttpReply late;
        {
          std::lock_guard guard(self->mutex_);
          const auto found = std::ranges::find(self->parked_, id, &Parked::id);
          if (found == self->parked_.end()) return;
          late = std::move(found->reply);
          self->parked_.erase(found);
        }
        late(no_such_stream());
      });
      return;
    }
  }
  if (!node) return reply(no_such_stream());
  node->sink().handle(request, rest, std::move(reply));
}

void StreamCore::unpark() {
  std::vector<Parked> parked;
  {
    std::lock_guard lock(mutex_);
    parked.swap(parked_);
  }
  for (Parked& p : parked) handle(p.request, p.rest, std::move(p.reply));
}

// ---------------------------------------------------------------- publishers

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

// ---------------------------------------------------------------- beginning and end

void StreamCore::start() {
  setup_.strand->run([self = shared_from_this()] {
    if (self->closing_ || !self->make_flow()) return;
    self->become(StreamState::live);
    self->flow_->start_sources();
    self->unpark();
  });
}

void StreamCore::stop(std::string why) {
  setup_.strand->run([self = shared_from_this(), why = std::move(why)] { self->end(StreamState::ended, why); });
}

void StreamCore::end(StreamState last, const std::string& why) {
  if (std::exchange(closing_, true)) return;
  publication_ = 0;
  ++epoch_;
  become(StreamState::draining, last == StreamState::failed ? why : std::string());
  kick(why);
  log(last == StreamState::failed ? Level::error : Level::info, "engine", setup_.name,
      (last == StreamState::failed ? "failed: " : "ends: ") + why);
  if (!flow_) return ended(last);
  if (sequencer_) early_.add(sequencer_->take_dropped());
  if (settled_) sequencer_->flush();
  flow_->end([weak = weak_from_this(), last] {
    if (const auto self = weak.lock()) self->ended(last);
  });
}

void StreamCore::ended(StreamState last) {
  become(last, last == StreamState::failed ? info().error : std::string());
  unpark();
  // Viewers that are behind fetch the rest and the ENDLIST; nothing but bytes is kept for them.
  if (!flow_) return dismiss();
  setup_.strand->after(kept_after_end, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->dismiss();
  });
}

void StreamCore::dismiss() {
  setup_.strand->run([self = shared_from_this()] {
    if (std::exchange(self->dismissed_, true)) return;
    self->closing_ = true;
    self->publication_ = 0;
    ++self->epoch_;
    self->kick("the stream is gone");
    if (!self->over()) self->become(StreamState::draining);
    if (self->state() == StreamState::draining) self->become(StreamState::ended);
    {
      std::lock_guard lock(self->mutex_);
      self->routes_.clear();
    }
    self->unpark();
    // Flow may be what called us; it goes when its call is over.
    self->setup_.strand->post([self, flow = std::shared_ptr<Flow>(std::move(self->flow_))]() mutable {
      if (flow) flow->cut();
      flow.reset();
      self->setup_.gone(self);
      // A host may hold the stream for longer than there is an engine: from here on it touches nothing but itself.
      self->setup_.strand->close();
      {
        std::lock_guard lock(self->mutex_);
        self->gone_ = true;
      }
      self->changed_.notify_all();
    });
  });
}

void StreamCore::dismissed(Duration limit) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [this] { return gone_; });
    if (live_until_ == Duration{}) live_until_ = live_since_;
  }
  setup_.strand->close();
}

}  // namespace rostrum::engine
