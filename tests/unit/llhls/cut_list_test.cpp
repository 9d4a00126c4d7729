#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <fmt/core.h>

#include "llhls/cut_list.hpp"

using namespace rostrum;
using namespace rostrum::llhls;
using namespace std::chrono_literals;

namespace {

constexpr MediaTime origin = 1'000'000s;

/// Feeds marks (seconds) and the horizon between them, up to `end`; gives the cuts: "0 6 12", with '!' where no keyframe is.
std::string cuts(std::vector<double> marks, double end, Duration segment = 6s, bool prefer_source = true,
                 std::vector<double> own = {}, Duration first = 1min) {
  CutList list(segment, first, LongGop::cut);
  std::string text;
  std::int64_t seen = 99;
  const auto note = [&] {
    for (; list.find(seen + 1); ++seen) {
      const Cut& cut = *list.find(seen + 1);
      text += fmt::format("{}{:g}{}", text.empty() ? "" : " ", std::chrono::duration<double>(cut.at - origin).count(),
                          cut.keyframe ? cut.source_keyframe ? "" : "*" : "!");
    }
  };
  const auto at = [](double s) { return origin + MediaTime(static_cast<std::int64_t>(s * 1e9)); };
  std::size_t next = 0, next_own = 0;
  for (double t = 0; t < end; t += 0.02) {
    while (next < marks.size() && marks[next] <= t + 1e-9) list.mark({at(marks[next++]), true, false}, prefer_source, 100);
    while (next_own < own.size() && own[next_own] <= t + 1e-9) list.mark({at(own[next_own++]), false, false}, prefer_source, 100);
    list.horizon(at(t));
    note();
  }
  return text;
}

std::vector<double> every(double distance, double end) {
  std::vector<double> marks;
  for (int i = 0; i * distance < end; ++i) marks.push_back(i * distance);
  return marks;
}

}  // namespace

TEST_CASE("llhls: a segment ends at the last keyframe that is not beyond it") {
  CHECK(cuts(every(1.1, 20), 20) == "0 5.5 11 16.5");
  CHECK(cuts(every(2, 20), 20) == "0 6 12 18");
  CHECK(cuts(every(4, 20), 20) == "0 4 8 12 16");
  CHECK(cuts(every(6, 20), 20) == "0 6 12 18");
}

TEST_CASE("llhls: only the first segment ends early, at the first keyframe that leaves enough for a player to begin with") {
  CHECK(cuts(every(2, 20), 20, 6s, true, {}, 1500ms) == "0 2 8 14");
  CHECK(cuts(every(1.1, 20), 20, 6s, true, {}, 1500ms) == "0 2.2 7.7 13.2 18.7");
  CHECK(cuts(every(10, 20), 20, 6s, true, {}, 1500ms) == "0 6! 10 16!");
  CHECK(cuts(every(4, 20), 20, 6s, true, every(1, 20), 1500ms) == "0 4 8 12 16");
  CHECK(cuts(every(4, 20), 20, 6s, false, every(1, 20), 1500ms) == "0 2* 8 14*");
}

TEST_CASE("llhls: 60 frames at 29.97 fps still make three to a segment of 6 s") {
  CHECK(cuts(every(2.002, 20), 20) == "0 6.006 12.012 18.018");
}

TEST_CASE("llhls: a GOP longer than a segment is cut without a keyframe, and again where the keyframe comes") {
  CHECK(cuts(every(10, 31), 31) == "0 6! 10 16! 20 26! 30");
}

TEST_CASE("llhls: a keyframe that is due where the segment ends may come a little late") {
  CHECK(cuts({0, 2, 4.06, 6.1, 8, 10.18, 12.5}, 13, 2s) == "0 2 4.06 6.1 8 10.18 12.18! 12.5");
  CHECK(cuts({0, 6, 12.35, 18, 24.5}, 25) == "0 6 12.35 18 24! 24.5");
}

TEST_CASE("llhls: scene cuts between regular keyframes do not break a segment early") {
  // keyframes every 4 s, scene cuts at 1.3, 5.1 and 9.7: the next mark may be 4 s off
  CHECK(cuts({0, 1.3, 4, 5.1, 8, 9.7, 12, 16}, 18) == "0 4 8 12 16");
}

TEST_CASE("llhls: where the source has no keyframe in time, the marks of the ladder are taken") {
  CHECK(cuts(every(10, 31), 31, 6s, true, {2, 4, 6, 8, 12, 14, 16, 18, 22, 24, 26, 28}) == "0 6* 10 16* 20 26* 30");
  CHECK(cuts(every(4, 17), 17, 6s, true, {2, 6, 10, 14}) == "0 4 8 12 16");
}

TEST_CASE("llhls: a GOP longer than a segment is refused where the graph says so") {
  CutList list(6s, 1min, LongGop::refuse);
  list.mark({origin, true, false}, true, 100);
  CHECK_FALSE(list.horizon(origin + 5s));
  CHECK_FALSE(list.refused());
  CHECK(list.horizon(origin + 6s));
  CHECK(list.refused());
}

TEST_CASE("llhls: a discontinuity cuts at once and is counted") {
  CutList list(6s, 1min, LongGop::cut);
  list.mark({origin, true, false}, true, 100);
  list.mark({origin + 2s, true, false}, true, 0);
  list.mark({origin + 3s, true, true}, true, 0);
  REQUIRE(list.find(101));
  CHECK(list.find(101)->at == origin + 3s);
  CHECK(list.find(101)->discontinuity);
  CHECK(list.find(101)->discontinuities == 1);
}

TEST_CASE("llhls: a horizon that leaps is a discontinuity, not a thousand segments") {
  CutList list(6s, 1min, LongGop::cut);
  list.mark({origin, true, false}, true, 100);
  list.horizon(origin + 10h);
  CHECK(list.last()->msn == 101);
  CHECK(list.last()->discontinuity);
}
