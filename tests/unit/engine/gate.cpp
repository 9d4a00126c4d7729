#include "engine/gate.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <future>
#include <map>
#include <set>
#include <stdexcept>

#include <rostrum/log.hpp>

#include "engine/viewers.hpp"

using namespace rostrum;
using namespace rostrum::engine;
using namespace std::chrono_literals;

namespace {

struct Host final : AuthHooks {
  using Answer = std::function<void(AdmitRequest, Reply<Verdict>)>;
  std::mutex mutex;  // guards all below
  Answer answer;
  std::condition_variable came;
  std::vector<SessionEvent> events;
  void when_asked(Answer f) {
    std::lock_guard lock(mutex);
    answer = std::move(f);
  }
  void admit(AdmitRequest request, Reply<Verdict> reply) override {
    Answer f;
    {
      std::lock_guard lock(mutex);
      f = answer;
    }
    f(std::move(request), std::move(reply));
  }
  void event(const SessionEvent& e) override {
    {
      std::lock_guard lock(mutex);
      events.push_back(e);
    }
    came.notify_all();
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    return came.wait_for(lock, 20s, [&] { return events.size() >= count; });
  }
};

struct Desk {
  std::shared_ptr<Host> host = std::make_shared<Host>();
  MetricTable metrics;
  ThreadPool pool{"test-hook", 8};
  net::Reactor reactor{1};
  Gate gate;
  explicit Desk(Duration deadline = 10s) : gate(host, deadline, pool, reactor, metrics) {}
  Verdict ask(Action action = Action::play) {
    std::promise<Verdict> answer;
    auto verdict = answer.get_future();
    AdmitRequest request;
    request.session = next_session();
    request.action = action;
    gate.ask(std::move(request), [&](Verdict v) { answer.set_value(std::move(v)); });
    REQUIRE(verdict.wait_for(20s) == std::future_status::ready);
    return verdict.get();
  }
};

AdmitRequest visitor(std::string name = "cam") {
  AdmitRequest request;
  request.session = next_session();
  request.app = "live";
  request.name = std::move(name);
  return request;
}

}  // namespace

TEST_CASE("gate: the host's answer is the answer, from whatever thread and however late") {
  Desk desk;
  std::promise<Reply<Verdict>> kept;
  desk.host->when_asked([&](AdmitRequest, Reply<Verdict> reply) { kept.set_value(std::move(reply)); });
  std::thread later([held = kept.get_future()]() mutable { held.get()(Verdict::allow()); });
  CHECK(desk.ask().allowed);
  later.join();
  desk.host->when_asked([](AdmitRequest, Reply<Verdict> reply) { reply(Verdict::deny("not today")); });
  CHECK(desk.ask().reason == "not today");
}

TEST_CASE("gate: a dropped reply and a throwing hook deny") {
  Desk desk;
  set_log_sink([](Level, std::string_view, std::string_view, std::string_view) {});
  desk.host->when_asked([](AdmitRequest, Reply<Verdict>) {});
  CHECK_FALSE(desk.ask().allowed);
  CHECK(desk.ask().reason == "refused by the host");
  desk.host->when_asked([](AdmitRequest, Reply<Verdict>) { throw std::runtime_error("database down"); });
  CHECK_FALSE(desk.ask().allowed);
  desk.host->when_asked([](AdmitRequest, Reply<Verdict>) { throw 7; });
  CHECK_FALSE(desk.ask().allowed);
  set_log_sink({});
}

TEST_CASE("gate: no answer within the deadline denies; the late answer does nothing, and the host can tell") {
  Desk desk(30ms);
  std::promise<Reply<Verdict>> kept;
  desk.host->when_asked([&](AdmitRequest, Reply<Verdict> reply) { kept.set_value(std::move(reply)); });
  const Verdict verdict = desk.ask();
  CHECK_FALSE(verdict.allowed);
  CHECK(verdict.reason == "the host did not answer in time");
  Reply<Verdict> late = kept.get_future().get();
  CHECK_FALSE(late.wanted());
  late(Verdict::allow());
}

TEST_CASE("gate: a reply that outlives the engine answers nobody") {
  Reply<Verdict> kept;
  bool answered = false;
  {
    Desk desk;
    std::promise<void> asked;
    desk.host->when_asked([&](AdmitRequest, Reply<Verdict> reply) {
      kept = std::move(reply);
      asked.set_value();
    });
    desk.gate.ask(visitor(), [&](Verdict) { answered = true; });
    asked.get_future().wait();
    desk.gate.close();
  }
  kept(Verdict::allow());
  CHECK_FALSE(answered);
}

TEST_CASE("gate: without a host, publishing and control are for this machine, playing is for all") {
  MetricTable metrics;
  ThreadPool pool("test-hook", 1);
  net::Reactor reactor(1);
  Gate gate(nullptr, 1s, pool, reactor, metrics);
  const auto allowed = [&](Action action, bool loopback) {
    AdmitRequest request;
    request.action = action;
    request.client.loopback = loopback;
    bool yes = false;
    gate.ask(std::move(request), [&](Verdict v) { yes = v.allowed; });
    return yes;
  };
  CHECK(allowed(Action::publish, true));
  CHECK_FALSE(allowed(Action::publish, false));
  CHECK(allowed(Action::control, true));
  CHECK_FALSE(allowed(Action::control, false));
  CHECK(allowed(Action::play, false));
  CHECK(allowed(Action::room, false));
}

TEST_CASE("gate: 1,000 sessions from many threads give one open and one close each, in order, by sequence") {
  Desk desk;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 125; ++i) {
        const AdmitRequest request = visitor();
        desk.gate.opened(request);
        desk.gate.closed(request.session, "done");
        desk.gate.closed(request.session, "twice");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(desk.host->wait_for(2000));
  std::map<std::uint64_t, int> state;
  std::uint64_t sequence = 0;
  for (const SessionEvent& event : desk.host->events) {
    CHECK(event.sequence > sequence);
    sequence = event.sequence;
    int& of = state[event.session];
    CHECK(of == (event.what == SessionEvent::What::opened ? 0 : 1));
    ++of;
  }
  CHECK(state.size() == 1000);
  CHECK(desk.host->events.size() == 2000);
}

TEST_CASE("viewers: a session lives by its requests, on its own stream, and closes once") {
  Desk desk;
  Viewers viewers(desk.gate);
  const auto token = viewers.open(visitor("cam"), 100s);
  REQUIRE(token.has_value());
  CHECK(token->size() == 32);
  CHECK(viewers.touch(*token, "live/cam", 120s));
  CHECK_FALSE(viewers.touch(*token, "live/other", 120s));
  CHECK_FALSE(viewers.touch("guess", "live/cam", 120s));
  viewers.sweep(149s);
  CHECK(viewers.size() == 1);
  viewers.sweep(151s);
  CHECK(viewers.size() == 0);
  CHECK_FALSE(viewers.touch(*token, "live/cam", 151s));
  (void)viewers.open(visitor("cam"), 200s);
  (void)viewers.open(visitor("other"), 200s);
  viewers.close_stream("live/cam", "the stream has ended");
  CHECK(viewers.size() == 1);
  viewers.close_all("bye");
  REQUIRE(desk.host->wait_for(6));
  CHECK(desk.host->events[1].reason == "no request for 30 s");
  CHECK(desk.host->events[1].what == SessionEvent::What::closed);
}
