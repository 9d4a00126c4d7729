// Several renditions: one list of cuts, none waits for another.
#include <doctest/doctest.h>

#include <algorithm>

#include "ladder.hpp"

using namespace rig;

namespace {

/// MSN, start and discontinuity of every whole segment, to compare renditions by.
std::vector<std::string> outline(const Listing& list) {
  std::vector<std::string> lines;
  for (const auto& segment : list.segments)
    if (!segment.uri.empty()) lines.push_back(std::to_string(segment.msn) + (segment.discontinuity ? " D" : ""));
  return lines;
}

}  // namespace

TEST_CASE("llhls: all renditions cut at the same marks under the same numbers") {
  Ladder ladder;
  ladder.play(40);
  CHECK(outline(ladder.full.listing()) == outline(ladder.rung.listing()));
  CHECK(outline(ladder.full.listing()) == outline(ladder.sound.listing()));
  CHECK(ladder.full.listing().hold_back == ladder.sound.listing().hold_back);
  CHECK(ladder.sound.listing().hold_back == doctest::Approx(1.5));
  CHECK(ladder.sound.listing().part_target == doctest::Approx(0.49067));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(ladder.sound.listing().segments[i].duration == doctest::Approx(6).epsilon(0.004));
    CHECK(ladder.sound.listing().segments[i].date.substr(0, 21) == ladder.full.listing().segments[i].date.substr(0, 21));
  }
}

TEST_CASE("llhls: playlists report the other renditions, audio and video alike") {
  Ladder ladder;
  ladder.play(9);
  const auto text = ladder.stage.text("aac/index.m3u8");
  // as of 9 s; the rung is late by its encoder
  CHECK(text.find("#EXT-X-RENDITION-REPORT:URI=\"../source/index.m3u8\",LAST-MSN=299209202,LAST-PART=1\n") != std::string::npos);
  CHECK(text.find("#EXT-X-RENDITION-REPORT:URI=\"../480p/index.m3u8\",LAST-MSN=299209202,LAST-PART=0\n") != std::string::npos);
  CHECK(ladder.full.listing().reports.size() == 2);
}

TEST_CASE("llhls: the multivariant playlist offers every rung with the audio") {
  Ladder ladder;
  ladder.play(4);
  CHECK(ladder.stage.text("index.m3u8") == R"(#EXTM3U
#EXT-X-VERSION:9
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="aac",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="aac/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=464000,AVERAGE-BANDWIDTH=378000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000,AUDIO="aac"
source/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1660000,AVERAGE-BANDWIDTH=1395000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=854x480,FRAME-RATE=30.000,AUDIO="aac"
480p/index.m3u8
)");
}

TEST_CASE("llhls: a stream of audio alone is offered as such") {
  Stage stage;
  stage.node->add(audio(1, "aac"));
  Source source(stage, {30, 1}, 60);
  source.with_audio(1);
  Viewer viewer(stage, "aac");
  viewer.timescale = 48'000;
  for (int s = 3; s < 30; ++s) {
    source.play(std::chrono::seconds(s));
    REQUIRE_NOTHROW(viewer.look());
  }
  CHECK(stage.text("index.m3u8") == R"(#EXTM3U
#EXT-X-VERSION:9
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=160000,AVERAGE-BANDWIDTH=135000,CODECS="mp4a.40.2"
aac/index.m3u8
)");
}

TEST_CASE("llhls: audio that comes later joins at the present number, and the multivariant playlist changes") {
  Stage stage;
  stage.node->add(video(1, "source"));
  Source source(stage, {30, 1}, 60);
  source.with_video(1);
  source.play(9s);
  const auto before = stage.text("index.m3u8");
  CHECK(before.find("AUDIO") == std::string::npos);
  stage.node->add(audio(2, "aac"));
  source.with_audio(2);
  Viewer sound(stage, "aac"), picture(stage, "source");
  sound.timescale = 48'000;
  source.play(11s);
  REQUIRE_NOTHROW(sound.look());
  CHECK(sound.listing().first_msn == 299209202);
  for (int s = 12; s < 20; ++s) {
    source.play(std::chrono::seconds(s));
    REQUIRE_NOTHROW(sound.look());
  }
  picture.look();
  CHECK(sound.listing().segments.back().msn == picture.listing().segments.back().msn);
  CHECK(stage.text("index.m3u8").find("AUDIO=\"aac\"") != std::string::npos);
}

TEST_CASE("llhls: audio that stops becomes gap parts at the pace of the video, and comes back") {
  Ladder ladder;
  ladder.play(8);
  ladder.source.without(3);
  ladder.play(11);
  const auto& list = ladder.sound.listing();
  CHECK(list.segments.back().msn == ladder.full.listing().segments.back().msn);
  CHECK(list.segments.back().parts.back().gap);
  CHECK(ladder.stage.get("aac/" + list.segments.back().parts.back().uri).status() == 404);
  CHECK(ladder.stage.house.counted("rostrum_llhls_gap_parts_total") > 10);
  ladder.source.with_audio(3);
  ladder.play(12);
  CHECK_FALSE(ladder.sound.listing().segments.back().parts.back().gap);
  CHECK(outline(ladder.full.listing()) == outline(ladder.sound.listing()));
}

TEST_CASE("llhls: a few lost audio frames are bridged without a gap") {
  Stage stage;
  stage.node->add(audio(1, "aac"));
  const auto format = aac();
  stage.node->mark({epoch, true, false});
  Viewer viewer(stage, "aac");
  viewer.timescale = 48'000;
  for (int n = 0; n < 600; ++n) {
    if (n >= 200 && n < 203) continue;
    const MediaTime pts = at(n, {48'000, 1024});
    if (n % 94 == 0) stage.node->mark({pts, true, false});
    stage.node->frame(1, frame(format, pts, true));
    if (n > 120) REQUIRE_NOTHROW(viewer.look());
  }
  CHECK(stage.house.counted("rostrum_llhls_gap_parts_total") == 0);
}

TEST_CASE("llhls: audio is counted in samples while its stamps wander and drift") {
  for (const double ppm : {0.0, 80.0, -80.0}) {
    CAPTURE(ppm);
    Stage stage;
    stage.node->add(audio(1, "aac"));
    const auto format = aac();
    Viewer viewer(stage, "aac");
    viewer.timescale = 48'000;
    for (int n = 0; n < 14'000; ++n) {  // five minutes
      const Duration since((at(n, {48'000, 1024}) - epoch) / 1ns * static_cast<std::int64_t>(1'000'000 + ppm) / 1'000'000);
      const MediaTime stamp = epoch + since / 1ms * 1ms;  // an RTMP clock
      if (n % 94 == 0) stage.node->mark({stamp, true, false});
      stage.node->frame(1, frame(format, stamp, true));
      if (n > 120 && n % 50 == 0) REQUIRE_NOTHROW(viewer.look());
    }
    REQUIRE_NOTHROW(viewer.look());
    std::int64_t frames = 0;
    for (const auto& fragment : viewer.fragments) frames += static_cast<std::int64_t>(fragment.samples.size());
    const auto& fragment = viewer.fragments.back();
    const double end = static_cast<double>(fragment.decode_time + fragment.duration()) / 48'000;
    const double real =
        std::chrono::duration<double>(epoch).count() + static_cast<double>(frames) * 1024 / 48'000 * (1 + ppm / 1e6);
    CHECK(std::abs(end - real) < 0.006);
    CHECK(stage.house.counted("rostrum_llhls_gap_parts_total") == 0);
  }
}

TEST_CASE("llhls: a rung that is seconds late does not hold up the others") {
  Stage stage;
  stage.node->add(video(1, "source"));
  stage.node->add(video(2, "480p", h264({30, 1}, 854, 480), 1'200'000));
  Source source(stage, {30, 1}, 60);
  source.with_video(1).with_video(2, h264({30, 1}, 854, 480), 1700ms);
  Viewer full(stage, "source"), rung(stage, "480p");
  source.play(1600ms);
  CHECK(stage.get("source/index.m3u8").came() == false);  // the late one is given a second
  source.play(2700ms);
  CHECK(stage.get("index.m3u8").status() == 200);
  for (int s = 4; s < 20; ++s) {
    source.play(std::chrono::seconds(s));
    REQUIRE_NOTHROW(full.look());
    REQUIRE_NOTHROW(rung.look());
  }
  CHECK(stage.house.counted("rostrum_llhls_gap_parts_total") == 0);
}

TEST_CASE("llhls: a publisher that comes back goes on in the same numbers after a discontinuity in all renditions") {
  Ladder ladder;
  ladder.play(10);
  const auto last = ladder.full.listing().segments.back().msn;
  ladder.stage.node->gap();
  ladder.stage.house.pass(600ms);
  CHECK(ladder.stage.get("source/index.m3u8").status() == 200);
  ladder.look();
  ladder.source.jump(4s);
  ladder.stage.node->resume();
  ladder.time = 0;
  ladder.play(13);
  CHECK(outline(ladder.full.listing()) == outline(ladder.rung.listing()));
  CHECK(outline(ladder.full.listing()) == outline(ladder.sound.listing()));
  std::int64_t broken = 0;
  for (const auto& segment : ladder.full.listing().segments)
    if (segment.discontinuity) broken = segment.msn;
  CHECK(broken == last + 1);
  // when the tag has left the playlists, its number stays, in all of them
  ladder.play(40);
  for (const Viewer* viewer : {&ladder.full, &ladder.rung, &ladder.sound}) CHECK(viewer->listing().discontinuity_sequence == 1);
}

TEST_CASE("llhls: what is heard of a publisher that comes back, before it is seen, is no lonely part after a gap") {
  Stage stage;
  stage.node->add(video(1, "source"));
  stage.node->add(audio(2, "aac"));
  Source source(stage, {30, 1}, 60);
  source.with_video(1).with_audio(2);
  source.play(8200ms);
  stage.node->gap();
  stage.house.pass(300ms);
  stage.node->resume();
  const MediaTime back = epoch + 8500ms;
  for (const Duration early : {60ms, 39ms}) stage.node->frame(2, frame(aac(), back - early, true));
  stage.node->mark({back, true, true});
  stage.node->frame(1, frame(h264(), back, true));
  stage.node->horizon(back);
  for (int n = -1; n < 100; ++n) stage.node->frame(2, frame(aac(), at(n, {48'000, 1024}) - epoch + back, true));
  for (int n = 1; n < 60; ++n) stage.node->frame(1, frame(h264(), at(n, {30, 1}) - epoch + back, false));
  const Listing listing = read_playlist(stage.text("aac/index.m3u8"));
  const auto broken = std::ranges::find_if(listing.segments, &ListedSegment::discontinuity);
  REQUIRE(broken != listing.segments.end());
  for (const ListedPart& part : std::prev(broken)->parts) CHECK_FALSE(part.gap);
  CHECK(broken->parts.front().duration > 0.4);
}

TEST_CASE("llhls: a new format comes with a new init segment from the discontinuity on") {
  Stage stage;
  stage.node->add(video(1, "source"));
  Source source(stage, {30, 1}, 60);
  source.with_video(1);
  source.play(8s);
  source.jump(0s);
  source.without(1);
  source.with_video(1, h264({30, 1}, 1920, 1080, 1));
  source.play(4s);
  Viewer viewer(stage, "source");
  REQUIRE_NOTHROW(viewer.look());
  const auto& segments = viewer.listing().segments;
  CHECK(segments[0].map == "t0-init0.mp4");
  CHECK(segments.back().map == "t0-init1.mp4");
  CHECK(segments.back().discontinuity);
  CHECK(stage.text("source/t0-init0.mp4") != stage.text("source/t0-init1.mp4"));
}

TEST_CASE("llhls: a rendition that changes its format unannounced breaks all renditions alike") {
  Ladder ladder;
  ladder.play(8);
  ladder.source.without(3);
  ladder.source.with_audio(3, aac(44'100));
  ladder.source.play(9s);
  ladder.source.play(16s);
  const auto full = read_playlist(ladder.stage.text("source/index.m3u8"));
  const auto sound = read_playlist(ladder.stage.text("aac/index.m3u8"));
  CHECK(outline(full) == outline(sound));
  CHECK(std::ranges::any_of(full.segments, &ListedSegment::discontinuity));
}

TEST_CASE("llhls: a rendition that is removed ends, and is offered no more") {
  Ladder ladder;
  ladder.play(8);
  ladder.stage.node->remove(2);
  CHECK(read_playlist(ladder.stage.text("480p/index.m3u8")).ended);
  CHECK(ladder.stage.text("index.m3u8").find("480p") == std::string::npos);
  ladder.source.without(2);
  ladder.source.play(10s);
  CHECK(ladder.stage.text("source/index.m3u8").find("480p") == std::string::npos);
}

TEST_CASE("llhls: PROGRAM-DATE-TIME comes from the stream's timeline") {
  Stage stage;
  stage.house.shift_timeline(1234ms);
  stage.node->add(video(1, "source"));
  Source source(stage, {30, 1}, 60);
  source.with_video(1);
  source.play(7s);
  CHECK(read_playlist(stage.text("source/index.m3u8")).segments.front().date == "2026-11-21T10:00:01.234Z");
}

TEST_CASE("llhls: the first dates are those of the settled timeline, and equal in all renditions") {
  Stage stage;
  stage.house.shift_timeline(100ms);  // the first frame was late
  stage.node->add(video(1, "source"));
  stage.node->add(video(2, "480p", h264({30, 1}, 854, 480), 1'200'000));
  Source source(stage, {30, 1}, 60);
  source.with_video(1).with_video(2, h264({30, 1}, 854, 480), 1700ms);
  source.play(1s);
  stage.house.shift_timeline(40ms);
  source.play(2500ms);
  CHECK(read_playlist(stage.text("source/index.m3u8")).segments.front().date == "2026-11-21T10:00:00.040Z");
  stage.house.shift_timeline(38ms);
  source.play(10'500ms);
  CHECK(read_playlist(stage.text("480p/index.m3u8")).segments.front().date == "2026-11-21T10:00:00.040Z");
  for (const char* label : {"source", "480p"}) {
    CAPTURE(label);
    CHECK(read_playlist(stage.text(std::string(label) + "/index.m3u8")).segments.at(2).date == "2026-11-21T10:00:08.038Z");
  }
}

TEST_CASE("llhls: a quarter of an hour stays within 1.3 times the media that has to be kept") {
  Ladder ladder;
  ladder.source.size = 4000;
  ladder.play(60);
  // window and availability: three whole segments and the open one, and 18 s for parts whose tags have gone
  const double kept = 24 + 6 + 18;
  const double rate = 2 * 30 * 4000 + 47 * 400;
  for (int i = 0; i < 84; ++i) {
    ladder.play(10);
    REQUIRE(static_cast<double>(ladder.stage.node->origin().bytes()) < 1.3 * kept * rate);
  }
  CHECK(static_cast<double>(ladder.stage.node->origin().bytes()) > 18 * rate);
}
