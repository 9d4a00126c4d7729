// Renditions that go and come back under their name.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ladder.hpp"

using namespace rig;

TEST_CASE("llhls: a rendition that comes back under its name lives on when what was removed is let go") {
  Ladder ladder;
  ladder.play(8);
  ladder.stage.node->remove(2);
  ladder.source.without(2);
  ladder.stage.node->add(video(4, "480p", h264({30, 1}, 854, 480), 1'200'000));
  const auto back = ladder.stage.get("480p/index.m3u8");
  CHECK_FALSE(back.came());  // the list of the one before is not its list
  ladder.source.with_video(4, h264({30, 1}, 854, 480));
  ladder.source.play(14s);
  CHECK_FALSE(read_playlist(back.body()).ended);
  const std::string tag = ladder.stage.get("480p/index.m3u8").header("ETag");
  ladder.source.play(90s);
  const auto list = ladder.stage.get("480p/index.m3u8");
  REQUIRE(list.status() == 200);
  CHECK(list.header("ETag") != tag);
  CHECK_FALSE(read_playlist(list.body()).ended);
  CHECK(list.body().find("-init1.mp4") != std::string::npos);  // caches keep the other for an hour
  CHECK(ladder.stage.text("index.m3u8").find("480p") != std::string::npos);
}

TEST_CASE("llhls: a codec that changes goes on under new names, and what had the old ones is still there") {
  Ladder ladder;
  ladder.play(9);
  const auto media = [](const Listing& list) {
    std::vector<std::string> uris;
    for (const ListedSegment& segment : list.segments) {
      if (!segment.uri.empty()) uris.push_back("aac/" + segment.uri);
      uris.push_back("aac/" + segment.map);
      for (const ListedPart& part : segment.parts) uris.push_back("aac/" + part.uri);
    }
    return uris;
  };
  const Listing before = ladder.sound.listing();
  std::map<std::string, std::string> had;
  for (const std::string& uri : media(before)) had[uri] = ladder.stage.text(uri);

  // As the engine tells it: the one goes and the other comes, in the middle of a segment.
  ladder.stage.node->remove(3);
  ladder.source.without(3);
  ladder.stage.node->add(audio(4, "aac", aac(44'100)));
  ladder.source.with_audio(4, aac(44'100));
  const auto unchanged = [&] {
    for (const auto& [uri, bytes] : had) {
      CAPTURE(uri);
      const Answer answer = ladder.stage.get(uri);
      CHECK(answer.status() == 200);
      CHECK(answer.body() == bytes);
    }
  };
  unchanged();
  ladder.source.play(12s);
  unchanged();

  const Listing after = read_playlist(ladder.stage.text("aac/index.m3u8"));
  CHECK_FALSE(after.ended);
  CHECK(after.first_msn > before.segments.back().msn);
  for (const std::string& uri : media(after)) CHECK_MESSAGE(!had.contains(uri), uri);
  // It does not wait for the segment's end: all begin another one with it.
  const Listing video = read_playlist(ladder.stage.text("source/index.m3u8"));
  const auto same = std::ranges::find(video.segments, after.first_msn, &ListedSegment::msn);
  REQUIRE(same != video.segments.end());
  CHECK(same->discontinuity);
  CHECK(time_of_date(after.segments.front().date) - time_of_date(before.segments.front().date) < 10s);

  ladder.source.play(60s);  // until nobody may ask for the first ones any more
  for (const auto& [uri, bytes] : had) CHECK(ladder.stage.get(uri).status() == 404);
}

TEST_CASE("llhls: a rendition that comes back after its publisher begins with what the publisher's return begins") {
  Ladder ladder;
  ladder.play(9);
  ladder.stage.node->gap();
  ladder.stage.house.pass(2s);
  ladder.stage.node->remove(3);
  ladder.source.without(3);
  ladder.stage.node->resume();
  ladder.stage.node->add(audio(4, "aac"));
  // Its audio is heard first, and for longer than audio is held back for a mark.
  for (Duration t = 10'800ms; t < 12s; t += 21'333us) ladder.stage.node->frame(4, frame(aac(), epoch + t, true, 500));
  ladder.source.jump(3s);
  ladder.source.with_audio(4);
  ladder.source.play(19s);
  const Listing video = read_playlist(ladder.stage.text("source/index.m3u8"));
  const Listing sound = read_playlist(ladder.stage.text("aac/index.m3u8"));
  CHECK(std::ranges::count_if(video.segments, &ListedSegment::discontinuity) == 1);
  CHECK(ladder.stage.text("source/index.m3u8").find("#EXT-X-DISCONTINUITY-SEQUENCE:0\n") != std::string::npos);  // nor one before
  REQUIRE_FALSE(sound.segments.empty());
  const auto same = std::ranges::find(video.segments, sound.first_msn, &ListedSegment::msn);
  REQUIRE(same != video.segments.end());
  CHECK(same->discontinuity);
}
