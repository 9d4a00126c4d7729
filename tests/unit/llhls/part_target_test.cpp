#include <doctest/doctest.h>

#include <string>

#include "llhls/part_target.hpp"

using namespace rostrum;
using namespace rostrum::llhls;
using namespace std::chrono_literals;

namespace {

std::string target(Duration wish, double frame, std::uint32_t timescale, Ticks most = 0) {
  return seconds_text(TickClock({}, timescale).length(part_target(wish, frame, timescale, most).ticks), Rounding::up);
}
std::string video(Duration wish, double num, double den) {
  return target(wish, 90'000.0 * den / num, 90'000);
}

}  // namespace

TEST_CASE("llhls: PART-TARGET is whole video frames near the wish") {
  struct Row {
    double num, den;
    const char *at200, *at333, *at500, *at1000;
  };
  constexpr Row rows[] = {
      {24'000, 1001, "0.20855", "0.33367", "0.5005", "1.001"},
      {24, 1, "0.20834", "0.33334", "0.5", "1"},
      {25, 1, "0.2", "0.32", "0.48", "1"},
      {30'000, 1001, "0.2002", "0.33367", "0.5005", "1.001"},
      {30, 1, "0.2", "0.33334", "0.5", "1"},
      {50, 1, "0.2", "0.32", "0.5", "1"},
      {60'000, 1001, "0.2002", "0.33367", "0.5005", "1.001"},
      {60, 1, "0.2", "0.33334", "0.5", "1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.num / row.den);
    CHECK(video(200ms, row.num, row.den) == row.at200);
    CHECK(video(333ms, row.num, row.den) == row.at333);
    CHECK(video(500ms, row.num, row.den) == row.at500);
    CHECK(video(1s, row.num, row.den) == row.at1000);
  }
}

TEST_CASE("llhls: PART-TARGET is whole audio frames near the wish") {
  struct Row {
    std::uint32_t rate;
    double frame;
    const char *at200, *at333, *at500, *at1000;
  };
  constexpr Row rows[] = {
      {48'000, 1024, "0.192", "0.32", "0.49067", "1.00267"},
      {44'100, 1024, "0.18576", "0.32508", "0.48762", "0.99846"},
      {48'000, 2048, "0.17067", "0.29867", "0.46934", "0.98134"},
      {44'100, 2048, "0.18576", "0.32508", "0.4644", "0.97524"},
      {48'000, 960, "0.2", "0.32", "0.5", "1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.rate);
    CAPTURE(row.frame);
    CHECK(target(200ms, row.frame, row.rate) == row.at200);
    CHECK(target(333ms, row.frame, row.rate) == row.at333);
    CHECK(target(500ms, row.frame, row.rate) == row.at500);
    CHECK(target(1s, row.frame, row.rate) == row.at1000);
  }
}

TEST_CASE("llhls: PART-TARGET is the wish itself where frames have no constant duration") {
  CHECK(target(500ms, 0, 90'000) == "0.5");
}

TEST_CASE("llhls: a frame longer than the wish is a part of its own") {
  CHECK(video(200ms, 1, 1) == "1");
}

TEST_CASE("llhls: a rendition that comes later keeps to the PART-HOLD-BACK that stands") {
  CHECK(target(200ms, 3003, 90'000, 18'000) == "0.16684");
  CHECK(target(500ms, 0, 90'000, 18'000) == "0.2");
}

TEST_CASE("llhls: seconds are written with the decimals they need") {
  CHECK(seconds_text(6s) == "6");
  CHECK(seconds_text(500ms) == "0.5");
  CHECK(seconds_text(490'666'667ns) == "0.49067");
  CHECK(seconds_text(333'333'333ns) == "0.33333");
  CHECK(seconds_text(333'333'333ns, Rounding::up) == "0.33334");
  CHECK(seconds_text(6'006ms) == "6.006");
}

TEST_CASE("llhls: ticks of a constant rate repeat their pattern wherever in time a period starts") {
  for (const std::int64_t origin : {0LL, 1'795'255'200'000'000'000LL, 1'795'255'200'123'456'789LL}) {
    const TickClock clock(MediaTime(origin), 90'000);
    const auto at = [&](std::int64_t n) { return clock.at(MediaTime(origin + (n * 1001 * 1'000'000'000 + 12'000) / 24'000)); };
    for (std::int64_t n = 0; n < 1'000; ++n) CHECK(at(n + 12) - at(n) == 45'045);
  }
}
