#include "engine/stream_core.hpp"

#include <utility>

#include <rostrum/log.hpp>

namespace rostrum::engine {
namespace {

using namespace std::chrono_literals;
constexpr Duration kept_after_end = 60s;

const Params* publisher_params(const graph::Plan& plan) {
  for (const graph::PlanNode& node : plan.nodes) {
    if (node.kind->name == graph::publisher_kind) return &node.params;
  }
  return nullptr;
}

}  // namespace

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
