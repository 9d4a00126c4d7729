#include "engine/core.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include <rostrum/log.hpp>

namespace rostrum::engine {
namespace {

using namespace std::chrono_literals;
constexpr Duration tick_period = 5s;
constexpr int pair_clock_every = 12;  // ticks
constexpr std::size_t hook_threads = 16;
constexpr std::size_t work_threads = 2;
constexpr Duration stop_limit = 5s;
constexpr std::array<std::string_view, 4> reserved_names{"v1", "metrics", "healthz", "readyz"};

}  // namespace

bool reserved(std::string_view app) {
  return std::ranges::find(reserved_names, app) != reserved_names.end();
}

bool valid_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && name != "." && name != ".." && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
           c == '~';
  });
}

Core::Core(Config config, Hooks hooks, MakeIsland make_island)
    : config_(std::move(config)),
      house_{clock_, metrics_, std::move(make_island), [this](std::function<void()> job) { works_.run(std::move(job)); }},
      works_("rostrum-work", work_threads),
      hooks_("rostrum-hook", hook_threads),
      reactor_(std::make_unique<net::Reactor>(config_.threads)),
      gate_(std::move(hooks.auth), config_.hook_deadline, hooks_, *reactor_, metrics_),
      viewers_(gate_) {
  tick();
}

Core::~Core() {
  drain(0s);
  gate_.close();
  viewers_.close_all("the server stops");
  std::map<std::string, std::shared_ptr<StreamCore>, std::less<>> left;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    timer_.reset();
    left.swap(streams_);
  }
  for (const auto& [name, stream] : left) stream->dismiss();
  for (const auto& [name, stream] : left) stream->dismissed(stop_limit);
  left.clear();
  doors_.clear();
  reactor_.reset();
}

void Core::tick() {
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  timer_ = reactor_->loop(0).after(tick_period, [this] {
    viewers_.sweep(clock_.monotonic());
    bool live = false;
    for (const auto& stream : streams()) live = live || stream->state() == StreamState::live;
    if (++ticks_ % pair_clock_every == 0 && clock_.pair(live))
      log(Level::warning, "engine", "",
          "the machine's clock was set by more than 1 s; streams keep their time until none is live");
    for (const Error& error : reload_certificates(true)) log(Level::error, "engine", "", error.message() + "; the old one stays");
    tick();
  });
}

bool Core::serving() const {
  std::lock_guard lock(mutex_);
  return open_;
}

std::shared_ptr<StreamCore> Core::find(std::string_view name) const {
  std::lock_guard lock(mutex_);
  const auto found = streams_.find(name);
  return found == streams_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<StreamCore>> Core::streams() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<StreamCore>> all;
  for (const auto& [name, stream] : streams_) all.push_back(stream);
  return all;
}

Result<Core::Made> Core::make(const std::string& name, std::shared_ptr<const graph::Plan> plan, net::Loop& loop) {
  Made made;
  if (const auto same = streams_.find(name); same != streams_.end()) {
    made.before = same->second;
  } else if (streams_.size() >= config_.max_streams) {
    // Streams that have ended stay for their viewers, but not in the place of a new one.
    const auto over = std::ranges::find_if(streams_, [](const auto& entry) { return entry.second->over(); });
    if (over == streams_.end()) return fail(Errc::limit, name, "Config::max_streams streams run already");
    made.before = over->second;
    streams_.erase(over);
  }
  made.stream = std::make_shared<StreamCore>(StreamCore::Setup{name, std::move(plan), house_, std::make_shared<Strand>(loop),
                                                               [this](const auto& stream) { forget(stream); }});
  streams_[name] = made.stream;
  return made;
}

void Core::replace(const Made& made) {
  if (!made.before) return;
  made.before->dismiss();
  if (made.before->name() != made.stream->name()) viewers_.close_stream(made.before->name(), "the stream has ended");
}

void Core::forget(const std::shared_ptr<StreamCore>& stream) {
  bool last = false;
  {
    std::lock_guard lock(mutex_);
    const auto found = streams_.find(stream->name());
    if (found != streams_.end() && found->second == stream) {
      streams_.erase(found);
      last = true;
    }
  }
  if (last) viewers_.close_stream(stream->name(), "the stream has ended");
}

Result<std::shared_ptr<StreamCore>> Core::start(graph::Plan plan) {
  const std::string name = plan.stream;
  const auto shared = std::make_shared<const graph::Plan>(std::move(plan));
  Result<Made> made;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return fail(Errc::closed, name, "the engine stops");
    const auto found = streams_.find(name);
    if (found != streams_.end() && !found->second->over())
      return fail(Errc::busy, name, "a stream of this name runs; stop it, or give the graph another `stream`");
    made = make(name, shared, reactor_->pick());
  }
  if (!made) return tl::unexpected(std::move(made.error()));
  replace(*made);
  made->stream->start();
  return std::move(made->stream);
}

Result<std::shared_ptr<const graph::Plan>> Core::plan_for(const std::string& app, const std::string& name) const {
  const std::string full = app + "/" + name;
  if (!valid_name(app) || !valid_name(name))
    return fail(Errc::bad_syntax, "publish", "app and stream name are 1 to 128 characters of A-Z a-z 0-9 . _ ~ - each");
  if (reserved(app)) return fail(Errc::denied, full, fmt::format("the app name {} is the server's own; choose another", app));
  std::lock_guard lock(mutex_);
  for (const auto& plan : templates_) {
    if (graph::matches(plan->stream, full)) return plan;
  }
  return fail(Errc::not_found, full, "no template below `streams:` matches this name");
}

Result<Core::Claim> Core::claim(const std::string& name, std::shared_ptr<const graph::Plan> plan, net::Loop& loop,
                                StreamCore::Claimant claimant) {
  // A stream may end between being found and being claimed; then a new one takes its name.
  for (int tries = 0; tries < 3; ++tries) {
    Result<Made> made;
    {
      std::lock_guard lock(mutex_);
      if (stopping_ || !serving_) return fail(Errc::closed, name, "the server stops");
      const auto found = streams_.find(name);
      if (found != streams_.end() && !found->second->over()) {
        made = Made{found->second, nullptr};
      } else {
        made = make(name, plan, loop);
      }
    }
    if (!made) return tl::unexpected(std::move(made.error()));
    replace(*made);
    auto number = made->stream->claim(claimant);
    if (number) return Claim{std::move(made->stream), *number};
    if (number.error().code != Errc::closed) return tl::unexpected(std::move(number.error()));
  }
  return fail(Errc::busy, name, "the stream is ending; try again");
}

net::Loop& Core::this_loop() {
  for (std::size_t i = 0; i < reactor_->size(); ++i) {
    if (reactor_->loop(i).here()) return reactor_->loop(i);
  }
  return reactor_->pick();
}

}  // namespace rostrum::engine
