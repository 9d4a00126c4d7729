#include "net/reactor.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "net/deadline_wheel.hpp"
#include "net/log_limit.hpp"

using namespace rostrum::net;
using namespace std::chrono_literals;

namespace {

struct Probe final : Deadline {
  explicit Probe(Clock::time_point t) : when(t) {}
  std::optional<Clock::time_point> due() const override { return when; }
  void expired(Clock::time_point now) override {
    ++fired;
    at = now;
  }
  std::optional<Clock::time_point> when;
  Clock::time_point at{};
  int fired = 0;
};

}  // namespace

TEST_CASE("reactor: what is posted runs in order on the loop's own thread") {
  Reactor reactor(2);
  CHECK(reactor.size() == 2);
  std::vector<int> order;
  std::promise<bool> done;
  Loop& loop = reactor.loop(1);
  CHECK_FALSE(loop.here());
  for (int i = 0; i < 100; ++i) loop.post([&order, i] { order.push_back(i); });
  loop.post([&] { done.set_value(loop.here() && !reactor.loop(0).here()); });
  CHECK(done.get_future().get());
  CHECK(order.size() == 100);
  CHECK(std::is_sorted(order.begin(), order.end()));
  Loop& first = reactor.pick();
  CHECK(&first != &reactor.pick());
}

TEST_CASE("reactor: errands of several threads run on the loop, each thread's in order, whatever one of them throws") {
  struct Note final : Loop::Errand {
    Note(std::vector<int>& l, int n, std::promise<void>* d) : list(l), number(n), done(d) {}
    void run() override {
      list.push_back(number);
      if (done) done->set_value();
      if (number % 50 == 0) throw std::runtime_error("an errand's mistake");
    }
    std::vector<int>& list;
    int number;
    std::promise<void>* done;
  };
  constexpr int count = 1000;
  Reactor reactor(1);
  Loop& loop = reactor.loop(0);
  std::vector<int> lists[2];
  std::promise<void> done[2];
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 1; i <= count; ++i) loop.hand_over(std::make_shared<Note>(lists[t], i, i == count ? &done[t] : nullptr));
    });
  }
  for (auto& thread : threads) thread.join();
  for (auto& promise : done) promise.get_future().wait();
  for (const auto& list : lists) {
    CHECK(list.size() == count);
    CHECK(std::is_sorted(list.begin(), list.end()));
  }
}

TEST_CASE("reactor: a timer runs once, not before its time, and not at all when it was dropped") {
  Reactor reactor(1);
  std::promise<Clock::time_point> fired;
  const auto start = Clock::now();
  int dropped = 0;
  auto cancelled = reactor.loop(0).after(1ms, [&] { ++dropped; });
  cancelled.reset();
  auto timer = reactor.loop(0).after(20ms, [&] { fired.set_value(Clock::now()); });
  CHECK(fired.get_future().get() - start >= 20ms);
  CHECK(dropped == 0);
  auto never = reactor.loop(0).after(1h, [] {});
}

TEST_CASE("reactor: the file limit is raised to the hard one") {
  Reactor reactor(1);
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(limit.rlim_cur == limit.rlim_max);
}

TEST_CASE("deadline wheel: nothing fires before its time nor more than a tick after it") {
  const Clock::time_point start{};
  DeadlineWheel wheel(start);
  std::vector<std::unique_ptr<Probe>> probes;
  for (int ms = 0; ms < 30'000; ms += 37) {
    probes.push_back(std::make_unique<Probe>(start + std::chrono::milliseconds(ms)));
    wheel.file(*probes.back());
  }
  for (auto now = start; now < start + 31s; now += 5ms) wheel.turn(now);
  for (const auto& probe : probes) {
    CHECK(probe->fired == 1);
    CHECK(probe->at >= *probe->when);
    CHECK(probe->at <= *probe->when + 2 * DeadlineWheel::tick);
  }
  CHECK_FALSE(wheel.next());
}

TEST_CASE("deadline wheel: a deadline may move, end, or go away while it is filed") {
  const Clock::time_point start{};
  DeadlineWheel wheel(start);
  Probe later(start + 100ms);
  Probe sooner(start + 5s);
  Probe cancelled(start + 100ms);
  auto gone = std::make_unique<Probe>(start + 100ms);
  for (Probe* probe : {&later, &sooner, &cancelled, gone.get()}) wheel.file(*probe);
  later.when = start + 300ms;  // needs no filing
  sooner.when = start + 100ms;
  wheel.file(sooner);
  cancelled.when.reset();
  gone.reset();
  wheel.turn(start + 200ms);
  CHECK(later.fired == 0);
  CHECK(sooner.fired == 1);
  CHECK(cancelled.fired == 0);
  wheel.turn(start + 320ms);
  CHECK(later.fired == 1);
  CHECK_FALSE(wheel.next());
}

TEST_CASE("deadline wheel: it says when to turn next, also for what is filed before what it has said") {
  const Clock::time_point start{};
  DeadlineWheel wheel(start);
  Probe late(start + 8s);
  auto soon = std::make_unique<Probe>(start + 3s);
  CHECK_FALSE(wheel.next());
  wheel.file(late);
  CHECK(wheel.next() == start + 8s);
  wheel.file(*soon);
  CHECK(wheel.next() == start + 3s);
  soon.reset();
  CHECK(wheel.next() == start + 8s);
  wheel.turn(start + 2s);
  Probe next(start + 2500ms);
  wheel.file(next);
  CHECK(wheel.next() == start + 2500ms);
  wheel.turn(start + 8s);
  CHECK(late.fired == 1);
  CHECK_FALSE(wheel.next());
}

TEST_CASE("deadline wheel: a long sleep is caught up with at once") {
  const Clock::time_point start{};
  DeadlineWheel wheel(start);
  Probe probe(start + 30s);
  wheel.file(probe);
  CHECK(*wheel.next() < start + 30s);
  wheel.turn(start + 24h);
  CHECK(probe.fired == 1);
}

TEST_CASE("log limit: a flood is held back and counted") {
  LogLimit limit(3, 1);
  const auto now = Clock::now();
  for (int i = 0; i < 3; ++i) CHECK(limit.allow(now) == 0u);
  for (int i = 0; i < 10; ++i) CHECK_FALSE(limit.allow(now));
  CHECK(limit.allow(now + 1s) == 10u);
  CHECK_FALSE(limit.allow(now + 1s));
}
