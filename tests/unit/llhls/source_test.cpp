// What sources do to a packager: reordering, jitter, pauses, variable rates, keyframes anywhere.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>

#include "viewer.hpp"

using namespace rig;

namespace {

/// One video rendition that the test feeds frame by frame.
struct Feed {
  explicit Feed(Rational declared = {}, llhls::Options options = {}) : stage(std::move(options)), format(h264(declared)) {
    stage.node->add(video(1, "v", format));
  }
  void give(Duration since, bool key, Duration lead = 0ns) {
    const MediaTime pts = epoch + since;
    if (pts - epoch > passed) stage.house.pass(pts - epoch - passed), passed = pts - epoch;
    if (key) stage.node->mark({pts, true, false});
    stage.node->frame(1, frame(format, pts, key, 500, pts - lead));
    stage.node->horizon(pts);
  }
  Stage stage;
  FormatPtr format;
  Duration passed{};
  Viewer viewer{stage, "v"};
};

}  // namespace

TEST_CASE("llhls: frames that are decoded before they are shown keep both times") {
  Stage stage;
  stage.node->add(video(1, "v"));
  Source source(stage, {30, 1}, 60);
  source.reorder = 2;
  source.with_video(1);
  source.play(20s);
  Viewer viewer(stage, "v");
  REQUIRE_NOTHROW(viewer.look());
  for (const auto& fragment : viewer.fragments)
    for (const auto& sample : fragment.samples) CHECK(sample.offset == 6'000);
  CHECK(viewer.listing().segments.front().date == "2026-11-21T10:00:00.000Z");
}

TEST_CASE("llhls: millisecond stamps without a declared rate make whole parts") {
  Feed feed;
  for (int n = 0; n < 900; ++n) {
    feed.give(std::chrono::milliseconds(n * 1000 / 30), n % 60 == 0);
    if (n > 90 && n % 30 == 0) REQUIRE_NOTHROW(feed.viewer.look());
  }
  for (std::size_t i = 1; i < feed.viewer.fragments.size(); ++i) CHECK(feed.viewer.fragments[i].samples.size() >= 14);
}

TEST_CASE("llhls: stamps that jitter by a frame keep every promise about parts") {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> jitter(-12, 12);
  Feed feed({30, 1});
  for (int n = 0; n < 1800; ++n) {
    feed.give(std::chrono::milliseconds(20 + n * 1000 / 30 + (n % 60 ? jitter(random) : 0)), n % 60 == 0);
    if (n > 90 && n % 30 == 0) REQUIRE_NOTHROW(feed.viewer.look());
  }
}

TEST_CASE("llhls: a rate that is a little off its declaration keeps every promise about parts") {
  for (const auto part : {200ms, 500ms}) {
    for (const double rate : {29.97, 30.03, 29.5, 30.5, 15.0}) {
      CAPTURE(rate);
      llhls::Options options;
      options.part = part;
      Feed feed({30, 1}, options);
      for (int n = 0; n < 900; ++n) {
        feed.give(Duration(std::llround(n * 1e9 / rate)), n % 60 == 0);
        if (n > 90 && n % 30 == 0) REQUIRE_NOTHROW(feed.viewer.look());
      }
    }
  }
}

TEST_CASE("llhls: a variable rate keeps every promise about parts, and shows every frame at its time") {
  std::mt19937 random(11);
  std::uniform_int_distribution<int> distance(8, 240);
  Feed feed;
  Duration t{};
  std::vector<Duration> shown;
  for (int n = 0; n < 600; ++n) {
    const bool key = n % 20 == 0;
    feed.give(t, key);
    shown.push_back(t);
    t += std::chrono::milliseconds(distance(random));
    if (n > 60) REQUIRE_NOTHROW(feed.viewer.look());
  }
  std::size_t n = 0;
  for (const auto& fragment : feed.viewer.fragments) {
    auto at = static_cast<std::int64_t>(fragment.decode_time);
    for (const auto& sample : fragment.samples) {
      const double error =
          static_cast<double>(at + sample.offset) / 90.0 - std::chrono::duration<double, std::milli>(epoch + shown[n++]).count();
      CHECK(std::abs(error) < 0.5);
      at += sample.duration;
    }
  }
}

TEST_CASE("llhls: a frame that lasts longer than PART-TARGET becomes gap parts, never a long part") {
  Feed feed({30, 1});
  Duration t{};
  for (int n = 0; n < 400; ++n) {
    feed.give(t, n % 60 == 0);
    t += n == 200 ? 1700ms : 33'333'333ns;
    if (n > 60) REQUIRE_NOTHROW(feed.viewer.look());
  }
  std::string gaps;
  for (const auto& segment : feed.viewer.listing().segments) {
    CHECK(segment.gap == std::ranges::any_of(segment.parts, &ListedPart::gap));
    for (const auto& part : segment.parts) gaps += part.gap ? "g" : ".";
  }
  CHECK(gaps.find("ggg") != std::string::npos);
}

TEST_CASE("llhls: parts are INDEPENDENT exactly where a keyframe starts them") {
  Feed feed({25, 1});
  for (int n = 0; n < 600; ++n) feed.give(n * 40ms, n % 50 == 0 || n == 77 || n == 131);
  CHECK_NOTHROW(feed.viewer.look());
}

TEST_CASE("llhls: segments follow keyframes every 1.1, 2, 4 and 10 seconds") {
  struct Row {
    int gop;
    double first, second;
    bool independent;
  };
  for (const Row row : {Row{33, 2.2, 5.5, true}, {60, 2, 6, true}, {120, 4, 4, true}, {300, 6, 4, false}}) {
    CAPTURE(row.gop);
    Stage stage;
    stage.node->add(video(1, "v"));
    Source source(stage, {30, 1}, row.gop);
    source.with_video(1);
    Viewer viewer(stage, "v");
    source.play(5s);
    for (int s = 6; s < 21; ++s) {
      source.play(std::chrono::seconds(s));
      REQUIRE_NOTHROW(viewer.look());
    }
    CHECK(viewer.listing().segments[0].duration == doctest::Approx(row.first));
    CHECK(viewer.listing().segments[1].duration == doctest::Approx(row.second));
    CHECK(viewer.listing().independent == row.independent);
  }
}

TEST_CASE("llhls: a GOP longer than a segment ends the playlists where the graph refuses it") {
  llhls::Options options;
  options.long_gop = llhls::LongGop::refuse;
  Stage stage(options);
  stage.node->add(video(1, "v"));
  Source source(stage, {30, 1}, 300);
  source.with_video(1);
  source.play(8s);
  CHECK(read_playlist(stage.text("v/index.m3u8")).ended);
}

TEST_CASE("llhls: a muxer that stamps late and leaves out frames breaks no promise") {
  // A live muxer under load: no stamp before the one that it wrote last, whatever track that was, and lost frames now and then.
  for (unsigned seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
    llhls::Options options;
    options.segment = 2s;
    options.window.segments = 8;
    Stage stage(options);
    const FormatPtr picture = h264({30, 1}), sound = aac();
    stage.node->add(video(1, "v", picture));
    stage.node->add(audio(2, "a", sound));
    Viewer eye(stage, "v"), ear(stage, "a");
    ear.timescale = 48'000;
    Duration stamp{}, audio_late{}, video_late{};
    std::int64_t heard = 0, seen = 0;
    std::array<Duration, 2> last{-1ms, -1ms};
    bool key_due = true;
    while (seen < 1'200) {
      const Duration next_audio = at(heard, {48'000, 1024}) - epoch + audio_late,
                     next_video = at(seen, {30, 1}) - epoch + video_late;
      const bool plays = next_audio < next_video;
      stage.house.pass(std::max(Duration(0), std::min(next_audio, next_video) - stamp));
      const Duration own = (plays ? at(heard, {48'000, 1024}) : at(seen, {30, 1})) - epoch;
      stamp = std::max(stamp, Duration(own / 1ms * 1ms));
      const MediaTime pts = epoch + std::max(stamp, last[plays ? 0 : 1]);
      last[plays ? 0 : 1] = pts - epoch;
      if (plays) {
        audio_late = chance(4) ? 70ms : audio_late / 2;
        if (!chance(1)) stage.node->frame(2, frame(sound, pts, true));
        heard += chance(1) ? 9 : 1;
      } else {
        video_late = chance(4) ? 90ms : video_late / 2;
        key_due = key_due || seen % 60 == 0;
        if (key_due || !chance(2)) {
          if (key_due) stage.node->mark({pts, true, false});
          stage.node->frame(1, frame(picture, pts, std::exchange(key_due, false), 500));
          stage.node->horizon(pts);
        }
        ++seen;
      }
      if (seen > 100 && !plays && seen % 5 == 0) {
        REQUIRE_NOTHROW(eye.look());
        REQUIRE_NOTHROW(ear.look());
        for (const auto& segment : ear.listing().segments) {
          const auto same = std::ranges::find(eye.listing().segments, segment.msn, &ListedSegment::msn);
          if (same == eye.listing().segments.end() || segment.gap || same->gap) continue;
          CAPTURE(segment.date);
          CAPTURE(same->date);
          // a frame, and the lateness of the first one after a loss
          REQUIRE(std::chrono::abs(time_of_date(segment.date) - time_of_date(same->date)) < 95ms);
        }
      }
    }
  }
}
