// What a publisher that comes back may bring: other codecs, other tracks.
#include "stage.hpp"

using namespace rostrum;
using namespace rostrum::engine;

namespace {

std::size_t frames_of(const Stage& s, std::string_view name) {
  return s.count("frame " + std::string(name));
}

}  // namespace

TEST_CASE("stream: audio that was handed through is encoded when the publisher comes back with another codec") {
  Stage s(true);
  auto number = s.claim();
  s.send(number, 30);
  REQUIRE(frames_of(s, "aac") > 20);
  REQUIRE(s.islands.size() == 1);  // the picture's alone
  s.stream->release(number, "reset");
  number = s.claim();
  const auto before = frames_of(s, "aac");
  for (int i = 0; i < 30; ++i) {
    s.stream->frame(number, make_frame(s.video, i * 40ms, i == 0));
    s.stream->frame(number, make_frame(audio_format(Codec::opus), i * 40ms));
    s.loop.advance(40ms);
  }
  CHECK(s.islands.size() == 2);
  CHECK(frames_of(s, "aac") > before + 20);
}

TEST_CASE("stream: the same when a publication without sound came between") {
  Stage s(true);
  auto number = s.claim();
  s.send(number, 30);
  s.stream->release(number, "reset");
  number = s.claim();
  s.send(number, 30, false);
  CHECK(s.count("remove aac") == 1);
  s.stream->release(number, "reset");
  number = s.claim();
  const auto before = frames_of(s, "aac");
  for (int i = 0; i < 30; ++i) {
    s.stream->frame(number, make_frame(s.video, 900s + i * 40ms, i == 0));
    s.stream->frame(number, make_frame(audio_format(Codec::opus), 900s + i * 40ms));
    s.loop.advance(40ms);
  }
  CHECK(s.islands.size() == 2);
  CHECK(frames_of(s, "aac") > before + 20);
}

TEST_CASE("stream: sound that was encoded goes on when the publisher comes back with the codec itself") {
  Stage s(true);
  auto number = s.claim();
  for (int i = 0; i < 30; ++i) {
    s.stream->frame(number, make_frame(s.video, i * 40ms, i == 0));
    s.stream->frame(number, make_frame(audio_format(Codec::opus), i * 40ms));
    s.loop.advance(40ms);
  }
  REQUIRE(s.islands.size() == 2);
  s.stream->release(number, "reset");
  number = s.claim();
  s.raw = 500s;
  const auto before = frames_of(s, "aac");
  s.send(number, 30);
  CHECK(frames_of(s, "aac") > before + 20);
  CHECK(s.count("add aac") == 1);
}

TEST_CASE("stream: frames before a first keyframe are counted once") {
  Stage s;
  const Counter& early = s.metrics.counter("rostrum_frames_before_keyframe_total", "");
  for (int publication = 1; publication <= 3; ++publication) {
    const auto number = s.claim();
    for (int i = 0; i < 30; ++i) {
      s.stream->frame(number, make_frame(s.video, i * 40ms, i == 5));
      s.loop.advance(40ms);
    }
    s.stream->release(number, "reset");
    CHECK(early.value() == 5U * static_cast<unsigned>(publication));
  }
}

TEST_CASE("stream: a stream without a publisher node cannot be published to") {
  auto plan = std::make_shared<graph::Plan>();
  plan->stream = "live/cam";
  Stage s(plan);
  s.stream->start();
  const auto refused = s.stream->claim({"rtmp 10.0.0.1", 1ms, {}});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::busy);
  CHECK(refused.error().what == "the name is taken by a stream that has its own source; choose another");
  s.loop.settle();
  CHECK(s.stream->state() == StreamState::live);
}
