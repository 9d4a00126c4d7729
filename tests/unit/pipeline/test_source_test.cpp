#include <cmath>

#include <doctest/doctest.h>

#include "studio.hpp"

using namespace studio;

TEST_CASE("pipeline: the test source flashes and beeps together, makes its own marks and ends") {
  pipeline::IslandSpec spec{.stream = "live/test", .outputs = {{1, "out"}, {2, "out"}}};
  spec.nodes.push_back(
      node("in", kind("test"), {{"size", "320x180"}, {"duration", "5s"}, {"paced", "false"}, {"pattern", "black"}}, {}));
  spec.nodes.push_back(
      node("video", kind("encode"), {{"codec", "h264"}, {"bitrate", "500k"}, {"keyframes", "2s"}}, {from_node(0, "video")}));
  spec.nodes.push_back(node("audio", kind("encode"), {{"codec", "aac"}}, {from_node(0, "audio")}));
  Recorder recorder;
  const auto before = std::chrono::system_clock::now().time_since_epoch();
  auto island = start(std::move(spec), recorder);
  REQUIRE(recorder.wait_end());
  const auto video = recorder.output(0), audio = recorder.output(1);
  REQUIRE(video.size() == 150);
  const MediaTime first = video.front()->pts;
  CHECK(seconds(first - before) >= 0);
  CHECK(seconds(first - before) < 5);
  CHECK(recorder.marks().size() == 3);
  std::set<std::int64_t> marks;
  for (const Mark& mark : recorder.marks()) marks.insert(mark.pts.count());
  CHECK(text_of(keyframes(video)) == text_of(marks));
  const double shift = seconds(first - t0);
  CHECK(std::abs(flash(video, shift + 0.5) - shift - 1) < 0.001);
  CHECK(std::abs(beep(audio, shift + 0.5) - shift - 1) < 0.005);
}

TEST_CASE("pipeline: a stopped test source ends its stream") {
  pipeline::IslandSpec spec{.stream = "live/test", .outputs = {{1, "out"}}};
  spec.nodes.push_back(node("in", kind("test"), {{"size", "320x180"}}, {}));
  spec.nodes.push_back(node("video", kind("encode"), {{"codec", "h264"}, {"bitrate", "500k"}}, {from_node(0, "video")}));
  Recorder recorder;
  auto island = start(std::move(spec), recorder);
  REQUIRE(recorder.wait_frames(0, 5));
  island->end();
  REQUIRE(recorder.wait_end());
  CHECK(recorder.ends() == 1);
}
