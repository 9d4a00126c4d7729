#include "engine/branch.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <rostrum/log.hpp>

#include "pipeline/rungs.hpp"

namespace rostrum::engine {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t most_queued = 600;  // a few seconds of both tracks and their marks
constexpr Duration forgiven_after = 60s;

// For each node: has it no place, because it is taller than the source?
std::vector<bool> too_tall(pipeline::IslandSpec spec) {
  return pipeline::left_out(spec, [](const std::string&) {});
}

pipeline::IslandNode& find_node(pipeline::IslandSpec& spec, std::string_view name) {
  return *std::ranges::find(spec.nodes, name, &pipeline::IslandNode::name);
}

}  // namespace

Branch::Branch(const House& house, std::shared_ptr<Strand> strand, pipeline::IslandSpec spec, Events events)
    : house_(house),
      strand_(std::move(strand)),
      spec_(std::move(spec)),
      events_(std::move(events)),
      restarts_(
          house.metrics.counter("rostrum_island_restarts_total", "Raw-media islands that were built again after a failure")),
      dropped_(house.metrics.counter("rostrum_island_dropped_frames_total", "Frames that found their island not running")) {}

Branch::~Branch() {
  drop_island();
}

void Branch::drop_island() {
  ++generation_;
  if (!island_) return;
  house_.aside([doomed = std::shared_ptr<IslandLink>(std::move(island_))]() mutable { doomed.reset(); });
}

void Branch::start() {
  build();
}

void Branch::build() {
  state_ = State::building;
  const int generation = ++generation_;
  // An island calls on GStreamer's threads; each call is handed to the stream's.
  const auto hand_over = [weak = weak_from_this(), strand = strand_, generation](auto f) {
    strand->post([weak, generation, f = std::move(f)] {
      if (const auto self = weak.lock(); self && self->generation_ == generation) f(*self);
    });
  };
  pipeline::IslandEvents events;
  events.frame = [hand_over](int output, FramePtr frame) {
    hand_over([output, frame = std::move(frame)](Branch& b) { b.events_.frame(output, frame); });
  };
  events.mark = [hand_over](const Mark& mark) { hand_over([mark](Branch& b) { b.events_.mark(mark); }); };
  events.failed = [hand_over, generation](Error error) {
    hand_over([error = std::move(error), generation](Branch& b) { b.failed(error, generation); });
  };
  events.note = [hand_over](std::string text) {
    hand_over([text = std::move(text)](Branch& b) { log(Level::info, "engine", b.spec_.stream, text); });
  };
  events.ended = [hand_over] { hand_over([](Branch& b) { b.finish(); }); };

  house_.aside([make = house_.make_island, spec = spec_, events = std::move(events), strand = strand_, weak = weak_from_this(),
                generation] {
    auto made = std::make_shared<Result<std::unique_ptr<IslandLink>>>(make(spec, events));
    strand->post([weak, made, generation] {
      const auto self = weak.lock();
      if (!self) return;
      if (*made) {
        self->built(std::move(**made), generation);
      } else {
        self->failed(made->error(), generation);
      }
    });
  });
}

void Branch::built(std::unique_ptr<IslandLink> island, int generation) {
  if (generation != generation_ || state_ != State::building) {
    house_.aside([doomed = std::shared_ptr<IslandLink>(std::move(island))]() mutable { doomed.reset(); });
    return;
  }
  island_ = std::move(island);
  state_ = State::running;
  started_ = house_.clock.monotonic();
  while (!queue_.empty()) {
    const auto next = std::move(queue_.front());
    queue_.pop_front();
    if (const auto* queued = std::get_if<Queued>(&next)) {
      feed(queued->input, queued->frame);
    } else {
      island_->mark(std::get<Mark>(next));
    }
  }
  if (end_wanted_) end();
}

void Branch::failed(Error error, int generation) {
  if (generation != generation_ || state_ == State::over) return;
  drop_island();
  queue_.clear();
  needs_keyframe_ = true;
  if (end_wanted_) return finish();
  if (started_ != Duration{} && house_.clock.monotonic() - started_ > forgiven_after) tries_ = 0;
  const bool hopeless = error.code == Errc::missing_element || error.code == Errc::unsupported || error.code == Errc::bad_param;
  if (hopeless || ++tries_ > most_tries) {
    state_ = State::over;
    log(Level::error, "engine", spec_.stream, "given up: " + error.message());
    events_.lost(error);
    return;
  }
  const Duration pause = std::min<Duration>(250ms * (1 << tries_), 8s);
  log(Level::warning, "engine", spec_.stream,
      fmt::format("{}; built again in {} ms (try {} of {})", error.message(),
                  std::chrono::duration_cast<std::chrono::milliseconds>(pause).count(), tries_, most_tries));
  restarts_.add();
  rebuild_after(pause);
}

void Branch::rebuild_after(Duration pause) {
  state_ = State::waiting;
  strand_->after(pause, [weak = weak_from_this()] {
    if (const auto self = weak.lock(); self && self->state_ == State::waiting) self->build();
  });
}

void Branch::push(int input, const FramePtr& frame) {
  pipeline::IslandInput& in = spec_.inputs[static_cast<std::size_t>(input)];
  const FormatPtr before = std::exchange(in.format, frame->format);
  const bool anew = before->codec != frame->format->codec || refit(input, before);
  if (anew && (state_ == State::running || state_ == State::building)) {
    drop_island();
    queue_.clear();
    needs_keyframe_ = true;
    build();
  }
  if (state_ == State::building) {
    if (queue_.size() < most_queued) return queue_.emplace_back(Queued{input, frame}), void();
    dropped_.add(queue_.size());
    queue_.clear();
    needs_keyframe_ = true;
  }
  if (state_ != State::running) return dropped_.add();
  feed(input, frame);
}

// Other rungs fit the source's new size: the island has to be another one.
bool Branch::refit(int input, const FormatPtr& before) {
  pipeline::IslandInput& in = spec_.inputs[static_cast<std::size_t>(input)];
  if (before->height == in.format->height) return false;
  const std::vector<bool> now = too_tall(spec_);
  const FormatPtr format = std::exchange(in.format, before);
  const std::vector<bool> then = too_tall(spec_);
  in.format = format;
  if (now == then) return false;
  std::vector<int> gone;
  for (std::size_t i = 0; i < spec_.outputs.size(); ++i) {
    const auto node = static_cast<std::size_t>(spec_.outputs[i].node);
    if (now[node] && !then[node]) gone.push_back(static_cast<int>(i));
  }
  if (!gone.empty()) events_.left_out(gone);
  return true;
}

void Branch::feed(int input, const FramePtr& frame) {
  if (needs_keyframe_) {
    const bool has_video = std::ranges::any_of(spec_.inputs, [](const auto& i) { return i.format->track() == Track::video; });
    if (has_video && (frame->format->track() != Track::video || !frame->keyframe)) return dropped_.add();
    needs_keyframe_ = false;
  }
  island_->push(input, frame);
}

void Branch::mark(const Mark& mark) {
  if (state_ == State::building && queue_.size() < most_queued) queue_.emplace_back(mark);
  if (state_ == State::running) island_->mark(mark);
}

void Branch::request_keyframe() {
  if (state_ == State::running) island_->request_keyframe();
}

void Branch::end() {
  end_wanted_ = true;
  if (state_ == State::building || state_ == State::ending) return;
  if (state_ != State::running) return finish();
  state_ = State::ending;
  island_->end();
}

void Branch::finish() {
  if (state_ == State::over) return;
  state_ = State::over;
  drop_island();
  events_.ended();
}

Result<void> Branch::set(std::string_view node, const ParamInfo& row, const Params& params) {
  if (state_ == State::running) {
    if (auto done = island_->set(node, row, params); !done) return done;
  } else if (state_ != State::building && state_ != State::waiting) {
    return fail(Errc::closed, std::string(node), "the node does not run any more");
  }
  find_node(spec_, node).params = params;
  return {};
}

bool Branch::has(std::string_view node) const {
  return std::ranges::find(spec_.nodes, node, &pipeline::IslandNode::name) != spec_.nodes.end();
}

const Params& Branch::params(std::string_view node) const {
  return std::ranges::find(spec_.nodes, node, &pipeline::IslandNode::name)->params;
}

std::string Branch::dot() const {
  return island_ ? island_->dot() : std::string();
}

}  // namespace rostrum::engine
