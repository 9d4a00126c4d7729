// What sources and viewers may do for a day or out of spite: memory stays bounded, and promises hold.
#include <doctest/doctest.h>

#include <algorithm>

#include "llhls/ask.hpp"
#include "viewer.hpp"

using namespace rig;

namespace {

/// A video rendition that the test feeds frame by frame, with a mark before each keyframe.
struct Feed {
  Feed() { stage.node->add(video(1, "v", format)); }
  void give(Duration since, bool key) {
    const MediaTime pts = epoch + since;
    stage.house.pass(std::max(Duration(0), since - passed));
    passed = std::max(passed, since);
    if (key) stage.node->mark({pts, true, false});
    stage.node->frame(1, frame(format, pts, key, 500));
    stage.node->horizon(pts);
  }
  FormatPtr format = h264();
  Stage stage;
  Duration passed{};
  Viewer viewer{stage, "v"};
};

struct Shelved {
  /// A segment of one part; what is `body` bytes long lasts `time`.
  void add(std::size_t body, Duration time) {
    shelf.open({.msn = ++msn, .init = shelf.add_init(Bytes(std::string("init")))});
    shelf.add({Bytes(std::string(body, 'x')), time, true, false});
    now += time;
    shelf.close(now);
    shelf.purge(now);
  }
  llhls::Shelf shelf{{{}, 6s}};
  Duration now = 1h;
  std::int64_t msn = 0;
};

}  // namespace

TEST_CASE("llhls: segments end on time although their source paused and came back with a keyframe") {
  for (const Duration pause : {7s, 20s, 3600s}) {
    CAPTURE(pause.count());
    Feed feed;
    Duration t{};
    for (int n = 0; n < 1200; ++n) {
      feed.give(t, n % 60 == 0);
      t += n == 479 ? pause : 33'333'333ns;
      if (n > 60 && n % 10 == 0) REQUIRE_NOTHROW(feed.viewer.look());
    }
    CHECK_FALSE(feed.viewer.listing().segments.back().parts.back().gap);
  }
}

TEST_CASE("llhls: frames without number at one instant fill no memory, and the stream goes on after them") {
  Feed feed;
  for (int n = 0; n < 60; ++n) feed.give(n * 33'333'333ns, n % 60 == 0);
  for (int n = 0; n < 30'000; ++n) feed.give(1'966'666'667ns + n * 1us, false);
  CHECK(feed.stage.node->origin().bytes() < 4'000'000);
  for (int n = 61; n < 600; ++n) feed.give(n * 33'333'333ns, n % 60 == 0);
  REQUIRE_NOTHROW(feed.viewer.look());
  for (const auto& fragment : feed.viewer.fragments) CHECK(fragment.samples.size() <= 4'096);
  CHECK_FALSE(feed.viewer.listing().segments.back().parts.back().gap);
}

TEST_CASE("llhls: an init segment goes when the last segment that needs it has gone") {
  Shelved kept;
  for (int i = 0; i < 100; ++i) kept.add(1000, 6s);
  CHECK(kept.shelf.init(0) == nullptr);
  CHECK(kept.shelf.init(99) != nullptr);
  CHECK(kept.shelf.init(100) == nullptr);
  const int oldest = kept.shelf.segments().front().init;
  CHECK(kept.shelf.init(oldest) != nullptr);
  CHECK(kept.shelf.init(oldest - 1) == nullptr);
}

TEST_CASE("llhls: a first segment of a keyframe alone sets no bandwidth for the rest of the stream") {
  Shelved rate;
  rate.add(50'000, 40ms);
  CHECK(rate.shelf.peak() == 10'000'000);  // all that is known
  rate.add(600'000, 6s);
  CHECK(rate.shelf.peak() == 800'000);
  // short segments in a row are a peak together: 3.2 s of 1 Mbit/s
  for (int i = 0; i < 4; ++i) rate.add(100'000, 800ms);
  CHECK(rate.shelf.peak() == 1'000'000);
}

TEST_CASE("llhls: what a removed rendition left is kept while its last playlist may be played, and then let go") {
  Stage stage;
  stage.node->add(video(1, "source"));
  stage.node->add(video(2, "480p", h264({30, 1}, 854, 480), 1'200'000));
  Source source(stage, {30, 1}, 60);
  source.with_video(1).with_video(2, h264({30, 1}, 854, 480));
  source.play(20s);
  stage.node->remove(2);
  source.without(2);
  const auto last = read_playlist(stage.text("480p/index.m3u8"));
  REQUIRE(last.ended);
  source.play(38s);
  for (const auto& segment : last.segments) CHECK(stage.get("480p/" + segment.uri).status() == 200);
  source.play(60s);
  CHECK(stage.get("480p/index.m3u8").status() == 404);
  CHECK(stage.get("480p/" + last.segments.back().uri).status() == 404);
  CHECK(stage.get("source/index.m3u8").status() == 200);
}

TEST_CASE("llhls: who waits for a rendition that is removed before it began is told so") {
  Stage stage;
  stage.node->add(video(1, "source"));
  const auto list = stage.get("source/index.m3u8");
  stage.node->remove(1);
  stage.house.pass(20s);
  CHECK(list.status() == 404);
  CHECK(stage.node->origin().waiting() == 0);
}

TEST_CASE("llhls: a reload for what was before the first segment is answered at once") {
  llhls::Edge edge;
  edge.complete = 99;  // before the first
  edge.open_parts = 3;
  CHECK(edge.holds(99, 0));
  CHECK(edge.holds(99, 12));
  CHECK_FALSE(edge.holds(100, 3));
}

TEST_CASE("llhls: a directive that came percent-encoded is the same directive") {
  const auto escaped = llhls::parse_directives("%5FHLS_msn=%31%32&_HLS_part=%33&_HLS_skip=%59ES");
  REQUIRE(escaped);
  CHECK(escaped->msn == 12);
  CHECK(escaped->part == 3);
  CHECK(escaped->skip);
  for (const char* broken : {"_HLS_msn=%", "_HLS_msn=%3", "_HLS_msn=%zz", "_HLS_msn=1&%5FHLS_msn=1", "_HLS_msn=%00"}) {
    CAPTURE(broken);
    CHECK_FALSE(llhls::parse_directives(broken));
  }
}
