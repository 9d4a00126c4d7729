// What hosts and viewers ask of a stream.
#include <algorithm>
#include <future>
#include <utility>

#include "engine/stream_core.hpp"

namespace rostrum::engine {
namespace {

using namespace std::chrono_literals;
constexpr Duration start_wait = 5s;
constexpr std::size_t most_parked = 20'000;
constexpr Duration control_limit = 5s;

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

const RouteInfo* StreamCore::route(std::string_view rest) const {
  for (const graph::PlanNode& node : setup_.plan->nodes) {
    for (const RouteInfo& info : node.kind->routes) {
      if (route_matches(info.pattern, rest)) return &info;
    }
  }
  return nullptr;
}

void StreamCore::handle(const RouteInfo& route, const HttpRequest& request, std::string_view rest, HttpReply reply) {
  std::shared_ptr<SinkNode> node;
  {
    std::lock_guard lock(mutex_);
    const auto mine = std::ranges::find(routes_, &route, &Route::info);
    if (mine != routes_.end()) node = mine->node;
    if (!node && state_ == StreamState::starting && route.waits_for_start && parked_.size() < most_parked) {
      const std::uint64_t id = next_parked_++;
      parked_.push_back({id, &route, request, std::string(rest), std::move(reply)});
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
  for (Parked& p : parked) handle(*p.route, p.request, p.rest, std::move(p.reply));
}

}  // namespace rostrum::engine
