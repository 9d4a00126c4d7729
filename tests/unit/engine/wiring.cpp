#include "engine/wiring.hpp"

#include <doctest/doctest.h>

#include "base/params.hpp"
#include "fake_house.hpp"

using namespace rostrum;
using namespace rostrum::engine;

namespace {

graph::PlanNode node(std::string name, const KindInfo& kind, std::vector<graph::Link> inputs,
                     std::initializer_list<std::pair<std::string, std::string>> params = {}) {
  graph::PlanNode made;
  made.name = std::move(name);
  made.kind = &kind;
  made.params = *params_of(kind.params, params);
  made.inputs = std::move(inputs);
  return made;
}

// in -> picture -> two rungs; in -> aac; all of it and the source into one sink.
graph::Plan ladder() {
  graph::Plan plan;
  plan.nodes.push_back(node("in", fake_publisher, {}));
  plan.nodes.push_back(node("picture", fake_decode, {{0, "video", "in", Media::encoded_video}}));
  plan.nodes.push_back(node("ladder.720p", fake_encode, {{1, "out", "in", Media::raw_video}},
                            {{"codec", "h264"}, {"bitrate", "2500k"}, {"keyframes", "1s"}}));
  plan.nodes.push_back(
      node("ladder.360p", fake_encode, {{1, "out", "in", Media::raw_video}}, {{"codec", "h264"}, {"bitrate", "700k"}}));
  plan.nodes.push_back(
      node("aac", fake_encode, {{0, "audio", "in", Media::encoded_audio}}, {{"codec", "aac"}, {"keyframes", "500ms"}}));
  plan.nodes.push_back(node("hls", fake_sink,
                            {{0, "video", "in", Media::encoded_video},
                             {2, "out", "in", Media::encoded_video},
                             {3, "out", "in", Media::encoded_video},
                             {4, "out", "in", Media::encoded_audio}}));
  plan.nodes.push_back(node("unread", fake_encode, {{1, "out", "in", Media::raw_video}}, {{"codec", "h264"}}));
  return plan;
}

}  // namespace

TEST_CASE("wiring: raw links make one island, encoded links cross its border, what nobody reads does not run") {
  const graph::Plan plan = ladder();
  const Wiring wiring = wire(plan);
  CHECK(wiring.publisher == 0);
  CHECK(wiring.sinks == std::vector<int>{5});
  REQUIRE(wiring.islands.size() == 2);
  CHECK(wiring.islands[0].nodes == std::vector<int>{1, 2, 3});
  CHECK(wiring.islands[0].inputs == std::vector<Outlet>{{0, "video"}});
  CHECK(wiring.islands[0].outputs == std::vector<Outlet>{{2, "out"}, {3, "out"}});
  CHECK(wiring.islands[1].nodes == std::vector<int>{4});
}

TEST_CASE("wiring: names and labels are those of the graph") {
  const graph::Plan plan = ladder();
  CHECK(name_of(plan, {0, "video"}) == "in.video");
  CHECK(label_of(plan, {0, "video"}) == "source");
  CHECK(label_of(plan, {0, "audio"}) == "audio");
  CHECK(name_of(plan, {2, "out"}) == "ladder.720p");
  CHECK(label_of(plan, {2, "out"}) == "720p");
  CHECK(bitrate_of(plan.nodes[2]) == 2'500'000);
  CHECK(bitrate_of(plan.nodes[1]) == 0);
}

TEST_CASE("wiring: the shortest keyframe interval of the video encoders counts, not that of audio") {
  CHECK(keyframe_interval(ladder()) == Duration(std::chrono::seconds(1)));
}

TEST_CASE("wiring: audio that has the codec already is handed through unless the graph says always") {
  CHECK(passes_through(ladder().nodes[4], *audio_format(Codec::aac)));
  CHECK_FALSE(passes_through(ladder().nodes[4], *audio_format(Codec::opus)));
  const auto always = node("aac", fake_encode, {}, {{"codec", "aac"}, {"always", "true"}});
  CHECK_FALSE(passes_through(always, *audio_format(Codec::aac)));
}
