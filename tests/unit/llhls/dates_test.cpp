#include <doctest/doctest.h>

#include "llhls/dates.hpp"

using namespace rostrum;
using namespace rostrum::llhls;
using namespace std::chrono_literals;

namespace {

struct Learning : Timeline {
  void learn(Duration offset) { set_offset(offset); }
};

Cut cut(std::int64_t msn, Duration at, bool discontinuity = false) {
  return {msn, at, 0, discontinuity};
}

Duration offset(Dates& dates, const Cut& cut) {
  return dates.utc(cut, cut.at).time_since_epoch() - cut.at;
}

}  // namespace

TEST_CASE("llhls: the first rendition that reaches a segment fixes its dates for all") {
  Learning timeline;
  timeline.learn(300ms);
  Dates dates(timeline);
  CHECK(offset(dates, cut(7, 100s)) == 300ms);
  timeline.learn(200ms);
  CHECK(offset(dates, cut(7, 100s)) == 300ms);
}

TEST_CASE("llhls: dates follow the timeline by 2 ms a second, and at once over a discontinuity") {
  Learning timeline;
  timeline.learn(300ms);
  Dates dates(timeline);
  (void)offset(dates, cut(7, 100s));
  CHECK(dates.renew() == 0ms);
  timeline.learn(200ms);
  CHECK(offset(dates, cut(8, 106s)) == 288ms);
  timeline.learn(290ms);
  CHECK(offset(dates, cut(9, 112s)) == 290ms);
  timeline.learn(0ms);
  CHECK(offset(dates, cut(10, 118s, true)) == 0ms);
}

TEST_CASE("llhls: dates that nobody has seen take what the timeline has learnt since") {
  Learning timeline;
  timeline.learn(300ms);
  Dates dates(timeline);
  (void)offset(dates, cut(7, 100s));
  timeline.learn(250ms);
  CHECK(offset(dates, cut(8, 102s)) == 300ms);
  CHECK(dates.renew() == -50ms);
  CHECK(offset(dates, cut(7, 100s)) == 250ms);
  CHECK(offset(dates, cut(8, 102s)) == 250ms);
}
