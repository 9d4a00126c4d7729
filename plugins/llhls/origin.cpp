#include "llhls/origin.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/core.h>

#include "llhls/answer.hpp"
#include "llhls/ask.hpp"
#include "llhls/multivariant.hpp"
#include "llhls/waiting.hpp"

namespace rostrum::llhls {
namespace {

using namespace std::chrono_literals;

constexpr Duration sweep_every = 250ms;
constexpr Duration start_wait = 5s;  // for a stream that is starting

/// Of requests, in the metrics: first what an address can be, in its order.
enum class Class : std::uint8_t { missing, multivariant, playlist, init, segment, part, blocked, refused };
constexpr std::array<std::string_view, 8> classes{"missing", "multivariant", "playlist", "init",
                                                  "segment", "part",         "blocked",  "refused"};

struct Rendition {
  Track track = Track::video;
  std::shared_ptr<Shelf> shelf;
  Edge edge;
  std::uint64_t version = 0;
  std::shared_ptr<const Text> full, delta;
  Waiting waiting;
};

/// What is answered, found under the lock. A playlist's answer is made outside it, since compressing takes its time.
struct Found {
  std::shared_ptr<const Text> text;  // a playlist; nullptr: `response` is all
  Caching caching = Caching::never;
  HttpResponse response;

  Found(HttpResponse r) : response(std::move(r)) {}  // NOLINT(google-explicit-constructor): a response is an answer
  Found(std::shared_ptr<const Text> t, Caching c) : text(std::move(t)), caching(c) {}
};
using Outcome = std::variant<Found, Goal>;

HttpResponse missing(Caching caching = Caching::edge) {
  return refusal(404, "There is nothing of that name (any more).", caching);
}

HttpResponse made(Found found, const Ask& ask) {
  if (!found.text) return std::move(found.response);
  if (ask.what != Address::What::multivariant || ask.directives.session.empty())
    return found.text->answer(ask.gzip, found.caching);
  // One viewer's session must not reach another through a cache.
  const Text own(with_session(std::string(found.text->plain()), ask.directives.session), found.text->etag() + "-s", {});
  return own.answer(false, Caching::never);
}

}  // namespace

struct Origin::Impl {
  OriginOptions options;
  NodeContext& context;
  Gauge& waiting_gauge;
  std::array<Counter*, classes.size()> requests{};  // made once; any thread reads it

  mutable std::mutex mutex;  // guards all below, and the shelves against the stream thread's writing
  std::map<std::string, Rendition, std::less<>> renditions;
  std::shared_ptr<const Text> multivariant;
  std::uint64_t multivariant_version = 0;
  Waiting lobby;  // for the multivariant playlist
  std::uint64_t next_number = 1;
  bool sweeping = false;
  bool ended = false;

  Impl(OriginOptions o, NodeContext& c)
      : options(std::move(o)),
        context(c),
        waiting_gauge(c.metrics().gauge("rostrum_llhls_waiting", "Requests that wait for a playlist or a part.")) {
    for (std::size_t i = 0; i < classes.size(); ++i)
      requests[i] =
          &c.metrics().counter("rostrum_llhls_requests_total", "Requests by what they asked for.", {{"class", classes[i]}});
  }

  void count(const Ask& ask) const {
    const bool blocked = ask.what == Address::What::playlist && ask.directives.msn;
    count(blocked ? Class::blocked : static_cast<Class>(ask.what));
  }
  void count(Class what) const { requests[static_cast<std::size_t>(what)]->add(); }

  // All that follows: under the mutex.

  [[nodiscard]] Outcome decide(const Ask& ask) const {
    if (ask.what == Address::What::multivariant) return index();
    const auto found = renditions.find(ask.label);
    if (found == renditions.end()) return missing();
    const Rendition& rendition = found->second;
    if (ask.what == Address::What::playlist) return playlist(rendition, ask);
    if (ask.token != options.token) return missing();
    return media(rendition, ask);
  }

  [[nodiscard]] Outcome index() const {
    if (!multivariant) return ended ? Outcome(missing(Caching::never)) : Outcome(Goal{});
    return Found(multivariant, Caching::edge);
  }

  [[nodiscard]] Outcome playlist(const Rendition& rendition, const Ask& ask) const {
    // Apart by what they name: one is asked for all who wait for the same.
    if (!rendition.full)
      return ended ? Outcome(missing(Caching::never))
                   : Goal{Goal::What::start, ask.directives.msn.value_or(0), ask.directives.part.value_or(Goal::whole_segment)};
    const auto& text = ask.directives.skip ? rendition.delta : rendition.full;
    const Edge& edge = rendition.edge;
    // rfc8216bis 6.2.5.2: the directives are ignored once ENDLIST stands.
    if (!ask.directives.msn || edge.ended) return Found(text, Caching::edge);
    const std::int64_t msn = *ask.directives.msn;
    if (edge.too_far(msn, ask.directives.part))
      return refusal(400, "_HLS_msn or _HLS_part is too far ahead of the playlist.", Caching::never);
    if (!edge.holds(msn, ask.directives.part)) {
      if (msn == edge.complete) return Goal{Goal::What::playlist, msn + 1, 0};  // whatever the number past the last part
      return Goal{Goal::What::playlist, msn, ask.directives.part.value_or(Goal::whole_segment)};
    }
    // Near the live edge this is the answer that was waited for, whoever comes for it; what lies far behind is only the newest
    // list.
    if (msn + 2 < edge.complete) return Found(text, Caching::edge);
    return Found(text, Caching::held);
  }

  [[nodiscard]] std::string tag(const Ask& ask, std::string_view kind, std::int64_t number) const {
    return (options.token + "-" + ask.label).append(kind) + std::to_string(number);
  }

  [[nodiscard]] Outcome media(const Rendition& rendition, const Ask& ask) const {
    const bool video = rendition.track == Track::video;
    if (ask.what == Address::What::init) {
      const Bytes* init = rendition.shelf->init(static_cast<int>(std::min<std::int64_t>(ask.number, INT32_MAX)));
      return init ? media_answer({*init}, video, tag(ask, "-i", ask.number)) : missing();
    }
    const Segment* segment = rendition.shelf->find(ask.number);
    if (ask.what == Address::What::segment) {
      if (!segment || !segment->complete || segment->gap) return missing();
      std::vector<Bytes> body;
      body.reserve(segment->parts.size());
      for (const Part& part : segment->parts) body.push_back(part.body);
      return media_answer(std::move(body), video, tag(ask, "-", ask.number));
    }
    const auto index = static_cast<std::size_t>(ask.part);
    if (segment && index < segment->parts.size()) {
      const Part& part = segment->parts[index];
      if (part.gap) return missing();
      return media_answer({part.body}, video, tag(ask, "-", ask.number) + "." + std::to_string(ask.part));
    }
    return hinted(rendition, ask) ? Outcome(Goal{Goal::What::part, ask.number, ask.part}) : missing(Caching::never);
  }

  /// rfc8216bis 6.2.6: what a PRELOAD-HINT may name is waited for: the next part of the open segment or the first of the one
  /// after.
  [[nodiscard]] bool hinted(const Rendition& rendition, const Ask& ask) const {
    const auto& segments = rendition.shelf->segments();
    if (ended || rendition.edge.ended || segments.empty()) return false;
    const Segment& last = segments.back();
    if (ask.number == last.msn + 1) return ask.part == 0;
    return !last.complete && ask.number == last.msn && ask.part == static_cast<std::int64_t>(last.parts.size());
  }

  void park(std::uint64_t number, const Goal& goal, Ask ask, HttpReply reply) {
    const Duration wait = goal.what == Goal::What::start ? start_wait : 3 * options.target;
    Waiting& waiting = ask.what == Address::What::multivariant ? lobby : renditions.find(ask.label)->second.waiting;
    waiting.put(number, goal, {std::move(ask), std::move(reply), context.clock().monotonic() + wait});
    waiting_gauge.add(1);
  }

  /// Who is given out waits no more.
  std::vector<Waiters> gone(std::vector<Waiters> woken) {
    for (const Waiters& waiters : woken) waiting_gauge.add(-static_cast<double>(waiters.size()));
    return woken;
  }

  std::vector<Waiters> decided(Waiting& waiting) {
    std::vector<Waiters> woken;
    waiting.wake([this](const Ask& ask) { return std::holds_alternative<Found>(decide(ask)); }, woken);
    return gone(std::move(woken));
  }

  [[nodiscard]] std::size_t waiting() const {
    std::size_t sum = lobby.size();
    for (const auto& [label, rendition] : renditions) sum += rendition.waiting.size();
    return sum;
  }

  [[nodiscard]] std::shared_ptr<const Text> text(std::string plain, std::string etag) const {
    return std::make_shared<const Text>(std::move(plain), std::move(etag), 6 * options.target);
  }

  [[nodiscard]] Found late(const Ask& ask) const {
    if (ask.what != Address::What::playlist) return missing(Caching::never);
    const Rendition& rendition = renditions.find(ask.label)->second;
    if (!rendition.full) return missing(Caching::never);
    // The player still has media to play: the present list keeps it going, an error would stop it. rfc8216bis proposes a 503.
    return {ask.directives.skip ? rendition.delta : rendition.full, Caching::never};
  }
};

Origin::Origin(OriginOptions options, NodeContext& context) : impl_(std::make_unique<Impl>(std::move(options), context)) {}
Origin::~Origin() = default;

namespace {

/// Thousands may wait for one version: what they are answered is made once for each way of asking.
void answer_all(std::vector<Waiters> woken, const std::function<Found(const Ask&)>& find) {
  for (Waiters& waiters : woken) {
    std::map<std::pair<bool, bool>, HttpResponse> answers;
    for (auto& [number, waiter] : waiters) {
      const Ask& ask = waiter.ask;
      if (!ask.directives.session.empty()) {
        waiter.reply(made(find(ask), ask));
        continue;
      }
      const auto [answer, fresh] = answers.try_emplace({ask.gzip, ask.directives.skip});
      if (fresh) answer->second = made(find(ask), ask);
      waiter.reply(answer->second);
    }
  }
}

}  // namespace

void Origin::add(const std::string& label, Track track, std::shared_ptr<Shelf> shelf) {
  std::lock_guard lock(impl_->mutex);
  Rendition& rendition = impl_->renditions[label];
  rendition.track = track;
  rendition.shelf = std::move(shelf);
}

void Origin::remove(const std::string& label) {
  std::vector<Waiters> woken;
  decltype(impl_->renditions)::node_type removed;  // its media is let go of outside the lock
  {
    std::lock_guard lock(impl_->mutex);
    removed = impl_->renditions.extract(label);
    if (removed.empty()) return;
    removed.mapped().waiting.wake_all(woken);
    woken = impl_->gone(std::move(woken));
  }
  answer_all(std::move(woken), [](const Ask&) { return Found(missing(Caching::never)); });
}

void Origin::edit(const std::function<void()>& change) {
  std::lock_guard lock(impl_->mutex);
  change();
}

void Origin::publish(const std::string& label, std::string full, std::string delta, const Edge& edge) {
  std::vector<Waiters> woken;
  {
    std::lock_guard lock(impl_->mutex);
    Rendition& rendition = impl_->renditions.find(label)->second;
    const std::string etag = fmt::format("{}-{}-v{}", impl_->options.token, label, ++rendition.version);
    const bool whole = delta.empty() || delta == full;
    rendition.full = impl_->text(std::move(full), etag);
    rendition.delta = whole ? rendition.full : impl_->text(std::move(delta), etag + "-d");
    rendition.edge = edge;
    woken = impl_->decided(rendition.waiting);
  }
  answer_all(std::move(woken), [this](const Ask& ask) {
    std::lock_guard lock(impl_->mutex);
    auto outcome = impl_->decide(ask);
    return std::holds_alternative<Found>(outcome) ? std::get<Found>(std::move(outcome)) : impl_->late(ask);
  });
}

void Origin::offer(std::string multivariant) {
  std::vector<Waiters> woken;
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->multivariant && impl_->multivariant->plain() == multivariant) return;
    impl_->multivariant =
        impl_->text(std::move(multivariant), fmt::format("{}-v{}", impl_->options.token, ++impl_->multivariant_version));
    woken = impl_->decided(impl_->lobby);
  }
  answer_all(std::move(woken), [this](const Ask&) {
    std::lock_guard lock(impl_->mutex);
    return std::get<Found>(impl_->index());
  });
}

void Origin::end() {
  std::vector<Waiters> woken;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->ended = true;
    impl_->lobby.wake_all(woken);
    for (auto& [label, rendition] : impl_->renditions) rendition.waiting.wake_all(woken);
    woken = impl_->gone(std::move(woken));
  }
  answer_all(std::move(woken), [this](const Ask& ask) {
    std::lock_guard lock(impl_->mutex);
    auto outcome = impl_->decide(ask);
    return std::holds_alternative<Found>(outcome) ? std::get<Found>(std::move(outcome)) : impl_->late(ask);
  });
}

void Origin::sweep() {
  std::vector<Waiters> late;
  bool again = false;
  {
    std::lock_guard lock(impl_->mutex);
    const Duration now = impl_->context.clock().monotonic();
    impl_->lobby.take_late(now, late);
    for (auto& [label, rendition] : impl_->renditions) rendition.waiting.take_late(now, late);
    late = impl_->gone(std::move(late));
    again = impl_->sweeping = impl_->waiting() > 0;
  }
  answer_all(std::move(late), [this](const Ask& ask) {
    std::lock_guard lock(impl_->mutex);
    return impl_->late(ask);
  });
  if (again) schedule_sweep();
}

void Origin::schedule_sweep() {
  impl_->context.after(sweep_every, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->sweep();
  });
}

void Origin::forget(const Abandoned& gone) {
  HttpReply dropped;  // destroyed after the lock is released
  std::lock_guard lock(impl_->mutex);
  const auto rendition = impl_->renditions.find(gone.label);
  if (!gone.label.empty() && rendition == impl_->renditions.end()) return;
  Waiting& waiting = gone.label.empty() ? impl_->lobby : rendition->second.waiting;
  const std::size_t before = waiting.size();
  dropped = waiting.forget(gone.number);
  impl_->waiting_gauge.add(static_cast<double>(waiting.size()) - static_cast<double>(before));
}

void Origin::handle(const HttpRequest& request, std::string_view rest, HttpReply reply) {
  const Address address = parse_address(rest);
  auto directives = parse_directives(request.query);
  if (!directives) {
    impl_->count(Class::refused);
    return reply(refusal(400, directives.error().message(), Caching::never));
  }
  Ask ask{address.what,          false, address.number, address.part, std::string(address.label), std::string(address.token),
          std::move(*directives)};
  impl_->count(ask);
  if (ask.what == Address::What::unknown) return reply(missing());
  ask.gzip = takes_gzip(request);

  std::optional<Found> found;
  std::uint64_t number = 0;
  {
    std::lock_guard lock(impl_->mutex);
    auto outcome = impl_->decide(ask);
    if (auto* now = std::get_if<Found>(&outcome)) found = std::move(*now);
    number = impl_->next_number++;
  }
  if (!found) {
    // Set before the reply is handed over: from then on it may be answered and gone at any time.
    reply.when_abandoned([weak = weak_from_this(), gone = Abandoned{ask.label, number}] {
      if (auto self = weak.lock()) self->forget(gone);
    });
    if (!reply.wanted()) return;
    bool start_sweep = false;
    {
      std::lock_guard lock(impl_->mutex);
      auto outcome = impl_->decide(ask);  // once more: the world went on
      if (auto* now = std::get_if<Found>(&outcome)) {
        found = std::move(*now);
      } else {
        impl_->park(number, std::get<Goal>(outcome), std::move(ask), std::move(reply));
        start_sweep = !std::exchange(impl_->sweeping, true);
      }
    }
    if (start_sweep) schedule_sweep();
    if (!found) return;
  }
  HttpResponse response = made(std::move(*found), ask);
  if (response.status == 400) impl_->count(Class::refused);
  if (response.status == 404) impl_->count(Class::missing);
  reply(std::move(response));
}

std::size_t Origin::bytes() const {
  std::lock_guard lock(impl_->mutex);
  std::size_t sum = 0;
  for (const auto& [label, rendition] : impl_->renditions) sum += rendition.shelf->bytes();
  return sum;
}

std::size_t Origin::waiting() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->waiting();
}

}  // namespace rostrum::llhls
