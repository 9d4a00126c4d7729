// What a publisher that comes back may bring: other codecs, other tracks.
#include "stage.hpp"

using namespace rostrum;
using namespace rostrum::engine;

namespace {

std::size_t frames_of(const Stage& s, std::string_view name) {
  return s.count("frame " + std::string(name));
}

// in -> picture -> a scale and an encode for 720 and 360 lines -> hls
std::shared_ptr<graph::Plan> two_rungs() {
  auto plan = stage_plan();
  auto& nodes = plan->nodes;
  nodes.pop_back();
  const auto add = [&](std::string name, const KindInfo& kind, std::vector<graph::Link> inputs,
                       std::initializer_list<std::pair<std::string, std::string>> params) {
    graph::PlanNode node;
    node.name = std::move(name), node.kind = &kind, node.params = *params_of(kind.params, params),
    node.inputs = std::move(inputs);
    nodes.push_back(std::move(node));
  };
  add("picture", fake_decode, {{0, "video", "in", Media::encoded_video}}, {});
  add("ladder.720p.scale", fake_scale, {{1, "out", "in", Media::raw_video}}, {{"height", "720"}});
  add("ladder.720p", fake_encode, {{2, "out", "in", Media::raw_video}}, {{"codec", "h264"}});
  add("ladder.360p.scale", fake_scale, {{1, "out", "in", Media::raw_video}}, {{"height", "360"}});
  add("ladder.360p", fake_encode, {{4, "out", "in", Media::raw_video}}, {{"codec", "h264"}});
  add("hls", fake_sink, {{3, "out", "in", Media::encoded_video}, {5, "out", "in", Media::encoded_video}}, {});
  return plan;
}

void send_lines(Stage& s, std::uint64_t claim, int lines, int count) {
  Format format = *video_format(Codec::h264, {25, 1});
  format.height = lines;
  const auto shared = std::make_shared<const Format>(format);
  for (int i = 0; i < count; ++i, s.raw += 40ms) {
    s.stream->frame(claim, make_frame(shared, s.raw, i % 25 == 0));
    s.loop.advance(40ms);
  }
}

}  // namespace

TEST_CASE("stream: a source that grows gets the rungs that fit it now, and one that shrinks loses them") {
  Stage s(two_rungs());
  auto number = s.claim();
  send_lines(s, number, 480, 30);
  CHECK(s.count("add ladder.360p") == 1);
  CHECK(s.count("add ladder.720p") == 0);
  s.stream->release(number, "reset");
  number = s.claim();
  s.raw = 100s;
  send_lines(s, number, 1080, 30);
  CHECK(s.count("add ladder.720p") == 1);
  CHECK(frames_of(s, "ladder.720p") >= 29);
  CHECK(s.count("add ladder.360p") == 1);  // the same rendition all the time
  CHECK(s.islands.size() == 2);
  send_lines(s, number, 480, 30);
  CHECK(s.count("remove ladder.720p") == 1);
  CHECK(s.count("remove ladder.360p") == 0);
  CHECK(s.stream->info().renditions == std::vector<std::string>{"ladder.360p"});
  CHECK(s.islands.size() == 3);
  send_lines(s, number, 540, 30);
  CHECK(s.islands.size() == 3);  // the same rungs fit
}

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
