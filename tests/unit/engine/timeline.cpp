#include <algorithm>
#include <cmath>
#include <random>

#include <doctest/doctest.h>

#include "engine/timeline_estimator.hpp"

using namespace rostrum;
using namespace rostrum::engine;
using namespace std::chrono_literals;

namespace {

struct Outcome {
  double p99_ms;
  double max_ms;
};

// 30 minutes at 30 fps: a publisher's clock that is off by `ppm`, jitter of a mean of `jitter_ms`, 1 % of bursts of 100-600 ms.
Outcome simulate(double ppm, double jitter_ms) {
  std::mt19937 random(7);
  std::exponential_distribution<double> jitter(1 / jitter_ms);
  std::uniform_real_distribution<double> chance(0, 1), burst(100, 600);
  TimelineEstimator timeline;
  std::vector<double> errors;
  const double start = 1.79e9;
  double last_arrival = 0;
  for (int i = 0; i < 30 * 60 * 30; ++i) {
    const double real = i / 30.0;
    const double media = start + real * (1 + ppm * 1e-6);
    const double delay = jitter(random) + (chance(random) < 0.01 ? burst(random) : 0);
    last_arrival = std::max(last_arrival, real + delay / 1000);  // TCP: nothing overtakes
    const auto arrival = Duration(std::llround(last_arrival * 1e9));
    const MediaTime at = std::chrono::seconds(1'790'000'000) + Duration(std::llround((media - start) * 1e9));
    timeline.arrived(at, UtcTime(std::chrono::seconds(1'790'000'000) + arrival), arrival + 1h);
    if (real < 5) continue;
    const double told = std::chrono::duration<double, std::milli>(timeline.utc(at)->time_since_epoch() - 1'790'000'000s).count();
    errors.push_back(std::abs(told - real * 1000));
  }
  std::ranges::sort(errors);
  return {errors[errors.size() * 99 / 100], errors.back()};
}

}  // namespace

TEST_CASE("timeline: holds the publisher's clock within milliseconds, through jitter and bursts") {
  CHECK(simulate(0, 10).p99_ms < 1);
  CHECK(simulate(50, 10).p99_ms < 2);
  CHECK(simulate(100, 10).p99_ms < 2);
  CHECK(simulate(300, 30).p99_ms < 5);
  CHECK(simulate(300, 30).max_ms < 20);
}

TEST_CASE("timeline: a clock that is 1000 ppm off is still followed") {
  CHECK(simulate(1000, 30).max_ms < 45);
}

TEST_CASE("timeline: knows nothing before the first frame, and one instant keeps its UTC") {
  TimelineEstimator timeline;
  CHECK_FALSE(timeline.utc(5s));
  timeline.arrived(5s, UtcTime(105s), 1h);
  CHECK(timeline.utc(5s) == UtcTime(105s));
  CHECK(timeline.media(UtcTime(106s)) == MediaTime(6s));
}

TEST_CASE("timeline: a first frame that came late is corrected within the first two seconds") {
  TimelineEstimator timeline;
  for (int i = 0; i < 60; ++i) timeline.arrived(i * 33ms, UtcTime(100s + i * 33ms + (i == 0 ? 200ms : 5ms)), 1h + i * 33ms);
  CHECK(timeline.utc(0s) == UtcTime(100s + 5ms));
}

TEST_CASE("timeline: after the lock it is slewed, never stepped") {
  TimelineEstimator timeline;
  Duration now = 1h;
  MediaTime at{};
  for (int i = 0; i < 600; ++i, at += 10ms, now += 10ms) timeline.arrived(at, UtcTime(100s + at), now);
  const auto before = timeline.utc(0s);
  timeline.arrived(at, UtcTime(100s + at - 500ms), now);
  CHECK(std::chrono::abs(*timeline.utc(0s) - *before) <= 20us);
  timeline.restart();
  timeline.arrived(at, UtcTime(100s + at - 500ms), now);
  CHECK(*before - *timeline.utc(0s) == 500ms);
}
