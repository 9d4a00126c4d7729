#include "engine/stream_core.hpp"

#include <algorithm>

#include "stage.hpp"

using namespace rostrum;
using namespace rostrum::engine;
using namespace std::chrono_literals;

TEST_CASE("stream: goes live as soon as both announced tracks are seen") {
  Stage s;
  const auto number = s.claim();
  s.stream->announce(number, true, true, {});
  CHECK(s.stream->state() == StreamState::starting);
  s.send(number, 1);
  CHECK(s.stream->state() == StreamState::live);
  CHECK(s.record.lines[0] == "add in.video");
  CHECK(s.record.lines[1] == "add in.audio");
  CHECK(s.record.lines[2] == "mark key");
  CHECK(s.record.lines[3] == "frame in.video");
  CHECK(s.stream->info().publisher == "rtmp 127.0.0.1");
}

TEST_CASE("stream: a track that is not announced is waited for 500 ms, and may come later all the same") {
  Stage s;
  const auto number = s.claim();
  s.send(number, 12, false);
  CHECK(s.stream->state() == StreamState::starting);
  s.send(number, 2, false);
  CHECK(s.stream->state() == StreamState::live);
  CHECK(s.count("frame in.video") >= 12);
  s.send(number, 25, true);
  CHECK(s.count("add in.audio") == 1);
  CHECK(s.count("frame in.audio") > 20);
}

TEST_CASE("stream: lingers without a publisher, goes on with the next, ends when nobody comes") {
  Stage s;
  auto number = s.claim();
  s.send(number, 30);
  s.stream->release(number, "FCUnpublish");
  CHECK(s.stream->state() == StreamState::idle);
  CHECK(s.record.lines.back() == "gap");
  s.loop.advance(9s);
  number = s.claim();
  s.raw = 0s;
  s.send(number, 30);
  CHECK(s.stream->state() == StreamState::live);
  CHECK(s.count("resume") == 1);
  CHECK(s.count("mark key break") == 1);
  CHECK(s.count("add in.video") == 1);
  s.stream->release(number, "reset");
  s.loop.advance(11s);
  CHECK(s.stream->state() == StreamState::ended);
  CHECK(s.record.lines.back() == "end");
  CHECK(s.status("index.m3u8") == 200);  // viewers that are behind read to the end
  CHECK(s.gone == 0);
  s.loop.advance(61s);
  CHECK(s.gone == 1);
  CHECK(s.status("index.m3u8") == 404);
}

TEST_CASE("stream: media time over a reconnect is in step with the wall clock") {
  Stage s;
  auto number = s.claim();
  s.send(number, 30);
  s.stream->release(number, "reset");
  s.loop.advance(7s);
  number = s.claim();
  s.raw = 500s;
  s.send(number, 30);
  for (const FramePtr& frame : s.record.frames) CHECK(s.stream->timeline().utc(frame->pts).has_value());
  const auto last = std::ranges::find_if(s.record.frames.rbegin(), s.record.frames.rend(),
                                         [](const FramePtr& f) { return f->format->track() == Track::video; });
  REQUIRE(last != s.record.frames.rend());
  const auto lag = s.clock.utc() - *s.stream->timeline().utc((*last)->pts);
  CHECK(std::chrono::abs(lag - 40ms) < 2ms);
}

TEST_CASE("stream: a second publisher is refused, or takes over and the first is sent away") {
  Stage s;
  (void)s.claim();
  const auto second = s.stream->claim({"rtmp 10.0.0.1", 1ms, {}});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == Errc::busy);
  CHECK(second.error().what == "the name is being published; choose another, or set takeover: true on its publisher node");

  Stage t(false, {{"takeover", "true"}});
  const auto first = t.claim();
  t.send(first, 30);
  const auto other = t.claim();
  CHECK(t.kicks == std::vector<std::string>{"another publisher took the stream over"});
  const auto before = t.record.frames.size();
  t.send(first, 5);
  CHECK(t.record.frames.size() == before);  // what the old one still sends is not taken
  t.stream->release(first, "closed");
  CHECK(t.stream->info().publisher == "rtmp 127.0.0.1");
  t.send(other, 5);
  CHECK(t.record.frames.size() > before);
  CHECK(t.stream->state() == StreamState::live);
}

TEST_CASE("stream: stop sends the publisher away and ends the playlists") {
  Stage s;
  const auto number = s.claim();
  s.send(number, 30);
  s.stream->stop("asked to");
  s.loop.settle();
  CHECK(s.kicks == std::vector<std::string>{"asked to"});
  CHECK(s.record.lines.back() == "end");
  CHECK(s.stream->state() == StreamState::ended);
  s.stream->stop("again");
  CHECK(s.count("end") == 1);
  CHECK(s.stream->claim({"x", 1ms, {}}).error().code == Errc::closed);
}

TEST_CASE("stream: a starting stream keeps a playlist's request for up to 5 s, and no other") {
  Stage s;
  const auto number = s.claim();
  int answers = 0, status = 0;
  const auto ask = [&] {
    s.stream->handle(*s.stream->route("index.m3u8"), HttpRequest{}, "index.m3u8",
                     HttpReply::from([&](HttpResponse r) { ++answers, status = r.status; }));
  };
  ask();
  CHECK(answers == 0);
  CHECK(s.status("hls/1/2.m4s") == 404);
  s.loop.advance(4900ms);
  CHECK(answers == 0);
  s.loop.advance(200ms);
  CHECK(status == 404);
  ask();
  s.stream->announce(number, true, false, {});
  s.send(number, 1, false);
  CHECK(answers == 2);
  CHECK(status == 200);
}

TEST_CASE("stream: an island gets frames and marks, its renditions are added as they come, audio is handed through") {
  Stage s(true);
  const auto number = s.claim();
  s.send(number, 30);
  CHECK(s.island[0] == "made");
  CHECK(s.count("add rung") == 1);
  CHECK(s.count("add aac") == 1);
  CHECK(s.count("frame rung") >= 29);
  REQUIRE(s.islands.size() == 1);  // none for the AAC that the publisher sends as it is
  CHECK(s.record.renditions[0].passthrough);
  CHECK(s.record.renditions[0].name == "aac");
}

TEST_CASE("stream: an island that fails is built again and goes on at the next keyframe; audio goes on meanwhile") {
  Stage s(true);
  const auto number = s.claim();
  s.send(number, 30);
  s.islands[0]->events.failed(Error{Errc::internal, "encode", "it crashed"});
  s.loop.settle();
  const auto rung = s.count("frame rung"), sound = s.count("frame aac");
  s.send(number, 10);
  CHECK(s.count("frame rung") == rung);
  CHECK(s.count("frame aac") > sound);
  s.send(number, 50);
  CHECK(s.islands.size() == 2);
  CHECK(s.count("frame rung") > rung);
  CHECK(s.stream->state() == StreamState::live);
}

TEST_CASE("stream: an island that fails for good takes its renditions with it and no others") {
  Stage s(true);
  s.failing_islands = 100;
  const auto number = s.claim();
  s.send(number, 25 * 40);
  CHECK(s.stream->state() == StreamState::live);
  CHECK(s.failing_islands == 100 - 1 - Branch::most_tries);
  CHECK(s.count("add rung") == 0);
  CHECK(s.count("frame aac") > 900);
}

TEST_CASE("stream: fails only when nothing is left") {
  Stage s(true);
  s.failing_islands = 100;
  const auto number = s.claim();
  s.send(number, 25 * 40, false);
  CHECK(s.stream->state() == StreamState::failed);
  CHECK(s.stream->info().error == "island: it broke");
  CHECK(s.kicks.size() == 1);
}

TEST_CASE("stream: another video codec builds the island anew") {
  Stage s(true);
  auto number = s.claim();
  s.send(number, 30);
  s.stream->release(number, "reset");
  number = s.claim();
  for (int i = 0; i < 30; ++i) {
    s.stream->frame(number, make_frame(video_format(Codec::hevc), i * 40ms, i == 0));
    s.loop.advance(40ms);
  }
  CHECK(s.islands.size() == 2);
}

TEST_CASE("stream: routes match one segment a star") {
  CHECK(route_matches("index.m3u8", "index.m3u8"));
  CHECK(route_matches("hls/*/*", "hls/720p/1.m4s"));
  CHECK_FALSE(route_matches("hls/*/*", "hls/720p"));
  CHECK_FALSE(route_matches("hls/*", "hls/"));
  CHECK_FALSE(route_matches("hls/*", "hls/a/b"));
}
