#include "llhls/origin.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>

#include <fmt/core.h>

#include "llhls/answer.hpp"
#include "llhls/ask.hpp"
#include "llhls/multivariant.hpp"

namespace rostrum::llhls {
namespace {

using namespace std::chrono_literals;

constexpr Duration sweep_every = 250ms;
constexpr Duration start_wait = 5s;  // for a stream that is starting

/// What a request wants, after its text is gone.
struct Ask {
  Address::What what = Address::What::unknown;
  std::string label;
  std::string token;
  std::int64_t number = 0;
  std::int64_t part = 0;
  Directives directives;
  bool gzip = false;
};

/// What a request waits for: all that wait for one thing are woken together. Ordered as media is.
struct Goal {
  enum class What : std::uint8_t { start, playlist, part };
  What what = What::start;
  std::int64_t msn = 0;
  std::int64_t part = 0;  // whole_segment for a playlist request without one
  auto operator<=>(const Goal&) const = default;
};
constexpr std::int64_t whole_segment = -1;

struct Waiter {
  Ask ask;
  HttpReply reply;
  Duration deadline{};
};
/// Who waits for one thing, by number.
struct Room {
  std::unordered_map<std::uint64_t, Waiter> waiters;
  Duration earliest = Duration::max();  // no deadline is before it: most sweeps need not look at anybody

  void put(std::uint64_t id, Waiter waiter) {
    earliest = std::min(earliest, waiter.deadline);
    waiters.emplace(id, std::move(waiter));
  }
};

struct Rendition {
  Track track = Track::video;
  std::shared_ptr<Shelf> shelf;
  Edge edge;
  std::uint64_t version = 0;
  std::shared_ptr<const Text> full, delta;
  std::map<Goal, Room> rooms;
};

/// What is answered, found under the lock. A playlist's bytes are made outside it, since compressing takes its time.
struct Found {
  std::shared_ptr<const Text> text;  // a playlist; nullptr: `response` is all
  std::string caching;
  HttpResponse response;

  Found(HttpResponse r) : response(std::move(r)) {}  // NOLINT(google-explicit-constructor): a response is an answer
  Found(std::shared_ptr<const Text> t, std::string_view c) : text(std::move(t)), caching(c) {}
};
using Outcome = std::variant<Found, Goal>;

HttpResponse missing(std::string_view caching = caching::edge) {
  return refusal(404, "There is nothing of that name (any more).", caching);
}

HttpResponse made(Found found, const Ask& ask) {
  if (!found.text) return std::move(found.response);
  if (ask.what != Address::What::multivariant || ask.directives.session.empty())
    return playlist_answer(*found.text, ask.gzip, found.caching);
  // One viewer's session must not reach another through a cache.
  const Text own(with_session(std::string(found.text->plain().text()), ask.directives.session), found.text->etag() + "-s");
  return playlist_answer(own, false, caching::never);
}

}  // namespace

struct Origin::Impl {
  OriginOptions options;
  NodeContext& context;
  Gauge& waiting_gauge;
  std::map<std::string_view, Counter*> requests;  // made once; any thread reads it

  mutable std::mutex mutex;  // guards all below, and the shelves against the stream thread's writing
  std::map<std::string, Rendition, std::less<>> renditions;
  std::shared_ptr<const Text> multivariant;
  std::uint64_t multivariant_version = 0;
  std::map<Goal, Room> lobby;  // requests for the multivariant playlist
  std::uint64_t next_id = 1;
  std::size_t waiters = 0;
  bool sweeping = false;
  bool ended = false;

  Impl(OriginOptions o, NodeContext& c)
      : options(std::move(o)),
        context(c),
        waiting_gauge(c.metrics().gauge("rostrum_llhls_waiting", "Requests that wait for a playlist or a part.")) {
    for (const std::string_view what : {"multivariant", "playlist", "blocked", "init", "segment", "part", "refused", "missing"})
      requests[what] =
          &c.metrics().counter("rostrum_llhls_requests_total", "Requests by what they asked for.", {{"class", what}});
  }

  void count(const Ask& ask) const {
    constexpr std::string_view names[] = {"missing", "multivariant", "playlist", "init", "segment", "part"};
    const bool blocked = ask.what == Address::What::playlist && ask.directives.msn;
    count(blocked ? "blocked" : names[static_cast<std::size_t>(ask.what)]);
  }
  void count(std::string_view what) const { requests.find(what)->second->add(); }

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
    if (!multivariant) return ended ? Outcome(missing(caching::never)) : Outcome(Goal{});
    return Found(multivariant, caching::edge);
  }

  [[nodiscard]] Outcome playlist(const Rendition& rendition, const Ask& ask) const {
    if (!rendition.full) return ended ? Outcome(missing(caching::never)) : Outcome(Goal{});
    const auto& text = ask.directives.skip ? rendition.delta : rendition.full;
    const Edge& edge = rendition.edge;
    // rfc8216bis 6.2.5.2: the directives are ignored once ENDLIST stands.
    if (!ask.directives.msn || edge.ended) return Found(text, caching::edge);
    const std::int64_t msn = *ask.directives.msn;
    if (edge.too_far(msn, ask.directives.part))
      return refusal(400, "_HLS_msn or _HLS_part is too far ahead of the playlist.", caching::never);
    if (!edge.holds(msn, ask.directives.part)) {
      if (msn == edge.complete) return Goal{Goal::What::playlist, msn + 1, 0};  // whatever the number past the last part
      return Goal{Goal::What::playlist, msn, ask.directives.part.value_or(whole_segment)};
    }
    // Near the live edge this is the answer that was waited for, whoever comes for it; what lies far behind is only the newest
    // list.
    if (msn + 2 < edge.complete) return Found(text, caching::edge);
    return Found(text, fmt::format("public, max-age={}, immutable", 6 * (options.target / 1s)));
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
    return hinted(rendition, ask) ? Outcome(Goal{Goal::What::part, ask.number, ask.part}) : missing(caching::never);
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

  std::map<Goal, Room>& rooms_of(const Ask& ask) {
    return ask.what == Address::What::multivariant ? lobby : renditions.find(ask.label)->second.rooms;
  }

  void park(std::uint64_t id, const Goal& goal, Ask ask, HttpReply reply) {
    const Duration wait = goal.what == Goal::What::start ? start_wait : 3 * options.target;
    auto& room = rooms_of(ask)[goal];
    room.put(id, {std::move(ask), std::move(reply), context.clock().monotonic() + wait});
    ++waiters;
    waiting_gauge.add(1);
  }

  void left(std::size_t count) {
    waiters -= count;
    waiting_gauge.add(-static_cast<double>(count));
  }

  /// Takes out who waited for something that is decided now.
  void collect(std::map<Goal, Room>& rooms, std::vector<Room>& out) {
    for (auto room = rooms.begin(); room != rooms.end();) {
      const auto& there = room->second.waiters;
      if (there.empty() || std::holds_alternative<Found>(decide(there.begin()->second.ask))) {
        left(there.size());
        if (!there.empty()) out.push_back(std::move(room->second));
        room = rooms.erase(room);
      } else {
        ++room;
      }
    }
  }

  [[nodiscard]] Found late(const Ask& ask) const {
    if (ask.what != Address::What::playlist) return missing(caching::never);
    const Rendition& rendition = renditions.find(ask.label)->second;
    if (!rendition.full) return missing(caching::never);
    // The player still has media to play: the present list keeps it going, an error would stop it. rfc8216bis proposes a 503.
    return {ask.directives.skip ? rendition.delta : rendition.full, caching::never};
  }
};

Origin::Origin(OriginOptions options, NodeContext& context) : impl_(std::make_unique<Impl>(std::move(options), context)) {}
Origin::~Origin() = default;

namespace {

/// Thousands may wait for one version: what they are answered is made once for each way of asking.
void answer_all(std::vector<Room> rooms, const std::function<Found(const Ask&)>& find) {
  for (Room& room : rooms) {
    std::map<std::pair<bool, bool>, HttpResponse> answers;
    for (auto& [id, waiter] : room.waiters) {
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
  std::vector<Room> woken;
  decltype(impl_->renditions)::node_type gone;  // its media is let go of outside the lock
  {
    std::lock_guard lock(impl_->mutex);
    gone = impl_->renditions.extract(label);
    if (gone.empty()) return;
    for (auto& [goal, room] : gone.mapped().rooms) impl_->left(room.waiters.size()), woken.push_back(std::move(room));
  }
  answer_all(std::move(woken), [](const Ask&) { return Found(missing(caching::never)); });
}

void Origin::edit(const std::function<void()>& change) {
  std::lock_guard lock(impl_->mutex);
  change();
}

void Origin::publish(const std::string& label, std::string full, std::string delta, const Edge& edge) {
  std::vector<Room> woken;
  {
    std::lock_guard lock(impl_->mutex);
    Rendition& rendition = impl_->renditions.find(label)->second;
    const std::string etag = fmt::format("{}-{}-v{}", impl_->options.token, label, ++rendition.version);
    const bool whole = delta.empty() || delta == full;
    rendition.full = std::make_shared<const Text>(std::move(full), etag);
    rendition.delta = whole ? rendition.full : std::make_shared<const Text>(std::move(delta), etag + "-d");
    rendition.edge = edge;
    impl_->collect(rendition.rooms, woken);
  }
  answer_all(std::move(woken), [this](const Ask& ask) {
    std::lock_guard lock(impl_->mutex);
    auto outcome = impl_->decide(ask);
    return std::holds_alternative<Found>(outcome) ? std::get<Found>(std::move(outcome)) : impl_->late(ask);
  });
}

void Origin::offer(std::string multivariant) {
  std::vector<Room> woken;
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->multivariant && impl_->multivariant->plain().text() == multivariant) return;
    impl_->multivariant = std::make_shared<const Text>(
        std::move(multivariant), fmt::format("{}-v{}", impl_->options.token, ++impl_->multivariant_version));
    impl_->collect(impl_->lobby, woken);
  }
  answer_all(std::move(woken), [this](const Ask&) {
    std::lock_guard lock(impl_->mutex);
    return std::get<Found>(impl_->index());
  });
}

void Origin::end() {
  std::vector<Room> woken;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->ended = true;
    const auto take = [&](std::map<Goal, Room>& rooms) {
      for (auto& [goal, room] : rooms) impl_->left(room.waiters.size()), woken.push_back(std::move(room));
      rooms.clear();
    };
    take(impl_->lobby);
    for (auto& [label, rendition] : impl_->renditions) take(rendition.rooms);
  }
  answer_all(std::move(woken), [this](const Ask& ask) {
    std::lock_guard lock(impl_->mutex);
    auto outcome = impl_->decide(ask);
    return std::holds_alternative<Found>(outcome) ? std::get<Found>(std::move(outcome)) : impl_->late(ask);
  });
}

void Origin::sweep() {
  std::vector<Room> late;
  bool again = false;
  {
    std::lock_guard lock(impl_->mutex);
    const Duration now = impl_->context.clock().monotonic();
    const auto take = [&](std::map<Goal, Room>& rooms) {
      for (auto& [goal, room] : rooms) {
        if (room.earliest > now) continue;
        Room gone;
        room.earliest = Duration::max();
        for (auto waiter = room.waiters.begin(); waiter != room.waiters.end();) {
          const auto next = std::next(waiter);
          if (waiter->second.deadline <= now) {
            gone.waiters.insert(room.waiters.extract(waiter));
          } else {
            room.earliest = std::min(room.earliest, waiter->second.deadline);
          }
          waiter = next;
        }
        impl_->left(gone.waiters.size());
        if (!gone.waiters.empty()) late.push_back(std::move(gone));
      }
      std::erase_if(rooms, [](const auto& room) { return room.second.waiters.empty(); });
    };
    take(impl_->lobby);
    for (auto& [label, rendition] : impl_->renditions) take(rendition.rooms);
    again = impl_->sweeping = impl_->waiters > 0;
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
  auto* rooms = &impl_->lobby;
  if (!gone.label.empty()) {
    const auto rendition = impl_->renditions.find(gone.label);
    if (rendition == impl_->renditions.end()) return;
    rooms = &rendition->second.rooms;
  }
  for (auto& [goal, room] : *rooms) {
    const auto waiter = room.waiters.find(gone.id);
    if (waiter == room.waiters.end()) continue;
    dropped = std::move(waiter->second.reply);
    room.waiters.erase(waiter);
    impl_->left(1);
    return;
  }
}

void Origin::handle(const HttpRequest& request, std::string_view rest, HttpReply reply) {
  const Address address = parse_address(rest);
  auto directives = parse_directives(request.query);
  if (!directives) {
    impl_->count("refused");
    return reply(refusal(400, directives.error().message(), caching::never));
  }
  Ask ask{
      address.what, std::string(address.label), std::string(address.token), address.number, address.part, std::move(*directives),
      false};
  impl_->count(ask);
  if (ask.what == Address::What::unknown) return reply(missing());
  ask.gzip = takes_gzip(request);

  std::optional<Found> found;
  std::uint64_t id = 0;
  {
    std::lock_guard lock(impl_->mutex);
    auto outcome = impl_->decide(ask);
    if (auto* now = std::get_if<Found>(&outcome)) found = std::move(*now);
    id = impl_->next_id++;
  }
  if (!found) {
    // Set before the reply is handed over: from then on it may be answered and gone at any time.
    reply.when_abandoned([weak = weak_from_this(), gone = Abandoned{ask.label, id}] {
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
        impl_->park(id, std::get<Goal>(outcome), std::move(ask), std::move(reply));
        start_sweep = !std::exchange(impl_->sweeping, true);
      }
    }
    if (start_sweep) schedule_sweep();
    if (!found) return;
  }
  HttpResponse response = made(std::move(*found), ask);
  if (response.status == 400) impl_->count("refused");
  if (response.status == 404) impl_->count("missing");
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
  return impl_->waiters;
}

}  // namespace rostrum::llhls
