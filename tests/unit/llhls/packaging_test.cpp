#include <doctest/doctest.h>

#include "viewer.hpp"

using namespace rig;

TEST_CASE("llhls: one rendition goes from frames to a playlist of parts") {
  Stage stage;
  stage.node->add(video(1, "720p", h264(), 2'500'000));
  Source source(stage, {30, 1}, 60);
  source.with_video(1);
  source.play(9s + 100ms);
  CHECK(stage.text("index.m3u8") == R"(#EXTM3U
#EXT-X-VERSION:9
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=3125000,AVERAGE-BANDWIDTH=2625000,CODECS="avc1.64001f",RESOLUTION=1280x720,FRAME-RATE=30.000
720p/index.m3u8
)");
  CHECK(stage.text("720p/index.m3u8") == R"(#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:6
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5,HOLD-BACK=18,CAN-SKIP-UNTIL=36
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:299209200
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="t0-init0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z
#EXT-X-PART:DURATION=0.5,URI="t0-299209200.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="t0-299209200.1.m4s"
#EXT-X-PART:DURATION=0.5,URI="t0-299209200.2.m4s"
#EXT-X-PART:DURATION=0.5,URI="t0-299209200.3.m4s"
#EXTINF:2,
t0-299209200.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:02.000Z
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.1.m4s"
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.2.m4s"
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.3.m4s"
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.4.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.5.m4s"
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.6.m4s"
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.7.m4s"
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.8.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.9.m4s"
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.10.m4s"
#EXT-X-PART:DURATION=0.5,URI="t0-299209201.11.m4s"
#EXTINF:6,
t0-299209201.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:08.000Z
#EXT-X-PART:DURATION=0.5,URI="t0-299209202.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="t0-299209202.1.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="t0-299209202.2.m4s"
)");
}

TEST_CASE("llhls: a part is on offer with its last frame, not one frame later") {
  Stage stage;
  stage.node->add(video(1, "720p"));
  Source source(stage, {30, 1}, 60);
  source.with_video(1);
  source.play(1600ms + 1ms);
  const auto part = stage.get("720p/t0-299209200.3.m4s");
  CHECK_FALSE(part.came());
  source.play(2000ms - 33ms);  // frame 59 starts at 1966.7 ms
  CHECK(part.status() == 200);
}

TEST_CASE("llhls: parts follow each other without a gap over a minute, at every usual frame rate") {
  for (const Rational rate :
       {Rational{24'000, 1001}, {24, 1}, {25, 1}, {30'000, 1001}, {30, 1}, {50, 1}, {60'000, 1001}, {60, 1}}) {
    for (const auto part : {200ms, 333ms, 500ms, 1000ms}) {
      CAPTURE(rate.num);
      CAPTURE(rate.den);
      CAPTURE(part.count());
      llhls::Options options;
      options.part = part;
      Stage stage(options);
      stage.node->add(video(1, "source", h264(rate)));
      Source source(stage, rate, 2 * static_cast<int>((rate.num + rate.den - 1) / rate.den));
      source.with_video(1);
      Viewer viewer(stage, "source");
      for (int seconds = 5; seconds <= 60; seconds += 5) {
        source.play(std::chrono::seconds(seconds));
        REQUIRE_NOTHROW(viewer.look());
      }
      CHECK(viewer.fragments.size() > 50);
    }
  }
}
