#include "llhls/origin.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "llhls/accept_encoding.hpp"
#include "llhls/catalogue.hpp"
#include "llhls/multivariant.hpp"

namespace rostrum::llhls {
namespace {

using namespace std::chrono_literals;

constexpr Duration sweep_every = 250ms;
constexpr Duration start_wait = 5s;  // for a stream that is starting
constexpr std::size_t ahead = 4;     // replies on their way from memory while one is answered

/// Of requests, in the metrics: first what an address can be, in its order.
enum class Class : std::uint8_t { missing, multivariant, playlist, init, segment, part, blocked, refused };
constexpr std::array<std::string_view, 8> classes{"missing", "multivariant", "playlist", "init",
                                                  "segment", "part",         "blocked",  "refused"};

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
  Catalogue catalogue;
  std::map<std::string, Waiting, std::less<>> waiting;  // for each rendition; "" for the multivariant playlist
  std::uint64_t next_number = 1;
  bool sweeping = false;

  Impl(OriginOptions o, NodeContext& c)
      : options(std::move(o)),
        context(c),
        waiting_gauge(c.metrics().gauge("rostrum_llhls_waiting", "Requests that wait for a playlist or a part.")),
        catalogue(options.token, options.target) {
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

  void park(std::uint64_t number, const Goal& goal, Ask ask, HttpReply reply) {
    const Duration wait = goal.what == Goal::What::start ? start_wait : 3 * options.target;
    Waiting& room = waiting[ask.label];
    room.put(goal, {number, std::move(ask), std::move(reply), context.clock().monotonic() + wait});
    waiting_gauge.add(1);
  }

  /// Who is given out waits no more.
  std::vector<Waiters> gone(std::vector<Waiters> woken) {
    for (const Waiters& waiters : woken) waiting_gauge.add(-static_cast<double>(waiters.size()));
    return woken;
  }

  std::vector<Waiters> decided(const std::string& label) {
    std::vector<Waiters> woken;
    if (const auto room = waiting.find(label); room != waiting.end())
      room->second.wake([this](const Ask& ask) { return std::holds_alternative<Found>(catalogue.decide(ask)); }, woken);
    return gone(std::move(woken));
  }

  [[nodiscard]] std::size_t waiters() const {
    std::size_t sum = 0;
    for (const auto& [label, room] : waiting) sum += room.size();
    return sum;
  }

  /// Takes the mutex itself.
  [[nodiscard]] Found answer(const Ask& ask) const {
    std::lock_guard lock(mutex);
    auto outcome = catalogue.decide(ask);
    return std::holds_alternative<Found>(outcome) ? std::get<Found>(std::move(outcome)) : catalogue.late(ask);
  }
};

Origin::Origin(OriginOptions options, NodeContext& context) : impl_(std::make_unique<Impl>(std::move(options), context)) {}
Origin::~Origin() = default;

namespace {

/// Thousands may wait for one version: what they are answered is made once for each way of asking.
void answer_all(std::vector<Waiters> woken, const std::function<Found(const Ask&)>& find) {
  for (Waiters& waiters : woken) {
    std::map<std::pair<bool, bool>, HttpResponse> answers;
    for (std::size_t i = 0; i < waiters.size(); ++i) {
      Waiter& waiter = waiters[i];
      if (i + ahead < waiters.size()) waiters[i + ahead].reply.prefetch();
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
  impl_->catalogue.add(label, track, std::move(shelf));
}

void Origin::remove(const std::string& label, const std::shared_ptr<Shelf>& shelf) {
  std::vector<Waiters> woken;
  {
    std::lock_guard lock(impl_->mutex);
    if (!impl_->catalogue.remove(label, shelf.get())) return;
    if (auto room = impl_->waiting.extract(label)) room.mapped().wake_all(woken);
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
    impl_->catalogue.publish(label, std::move(full), std::move(delta), edge);
    woken = impl_->decided(label);
  }
  answer_all(std::move(woken), [this](const Ask& ask) { return impl_->answer(ask); });
}

void Origin::offer(std::string multivariant) {
  std::vector<Waiters> woken;
  {
    std::lock_guard lock(impl_->mutex);
    if (!impl_->catalogue.offer(std::move(multivariant))) return;
    woken = impl_->decided({});
  }
  answer_all(std::move(woken), [this](const Ask& ask) { return impl_->answer(ask); });
}

void Origin::end() {
  std::vector<Waiters> woken;
  {
    std::lock_guard lock(impl_->mutex);
    impl_->catalogue.end();
    for (auto& [label, room] : impl_->waiting) room.wake_all(woken);
    woken = impl_->gone(std::move(woken));
  }
  answer_all(std::move(woken), [this](const Ask& ask) { return impl_->answer(ask); });
}

void Origin::sweep() {
  std::vector<Waiters> late;
  bool again = false;
  {
    std::lock_guard lock(impl_->mutex);
    const Duration now = impl_->context.clock().monotonic();
    for (auto& [label, room] : impl_->waiting) room.take_late(now, late);
    late = impl_->gone(std::move(late));
    again = impl_->sweeping = impl_->waiters() > 0;
  }
  answer_all(std::move(late), [this](const Ask& ask) {
    std::lock_guard lock(impl_->mutex);
    return impl_->catalogue.late(ask);
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
  const auto room = impl_->waiting.find(gone.label);
  if (room == impl_->waiting.end()) return;
  const std::size_t before = room->second.size();
  dropped = room->second.forget(gone.number);
  impl_->waiting_gauge.add(static_cast<double>(room->second.size()) - static_cast<double>(before));
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
    auto outcome = impl_->catalogue.decide(ask);
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
      auto outcome = impl_->catalogue.decide(ask);  // once more: the world went on
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
  return impl_->catalogue.bytes();
}

std::size_t Origin::waiting() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->waiters();
}

}  // namespace rostrum::llhls
