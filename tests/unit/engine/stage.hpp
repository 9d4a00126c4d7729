// One stream on a house of glass: who publishes, what its sink and islands saw.
#pragma once

#include <algorithm>

#include <doctest/doctest.h>

#include <rostrum/log.hpp>

#include "base/params.hpp"
#include "engine/metric_table.hpp"
#include "fake_house.hpp"

namespace rostrum::engine {

using namespace std::chrono_literals;

/// in -> hls, or with a ladder: in -> picture -> rung -> hls and in -> aac -> hls.
inline std::shared_ptr<graph::Plan> stage_plan(bool ladder = false,
                                               std::initializer_list<std::pair<std::string, std::string>> params = {}) {
  auto plan = std::make_shared<graph::Plan>();
  const auto add = [&](std::string name, const KindInfo& kind, std::vector<graph::Link> inputs,
                       std::initializer_list<std::pair<std::string, std::string>> p) {
    graph::PlanNode node;
    node.name = std::move(name);
    node.kind = &kind;
    node.params = *params_of(kind.params, p);
    node.inputs = std::move(inputs);
    plan->nodes.push_back(std::move(node));
  };
  add("in", fake_publisher, {}, params);
  if (ladder) {
    add("picture", fake_decode, {{0, "video", "in", Media::encoded_video}}, {});
    add("rung", fake_encode, {{1, "out", "in", Media::raw_video}}, {{"codec", "h264"}});
    add("aac", fake_encode, {{0, "audio", "in", Media::encoded_audio}}, {{"codec", "aac"}});
    add("hls", fake_sink, {{2, "out", "in", Media::encoded_video}, {3, "out", "in", Media::encoded_audio}}, {});
  } else {
    add("hls", fake_sink, {{0, "video", "in", Media::encoded_video}, {0, "audio", "in", Media::encoded_audio}}, {});
  }
  plan->stream = "live/cam";
  return plan;
}

struct Stage {
  FakeClock clock;
  FakeLoop loop{clock};
  MetricTable metrics;
  std::vector<std::string> island;  // what happened to islands
  int failing_islands = 0;
  std::vector<FakeIsland*> islands;
  Record record;
  int gone = 0;
  std::vector<std::string> kicks;
  House house{clock, metrics,
              [this](pipeline::IslandSpec spec, pipeline::IslandEvents events) -> Result<std::unique_ptr<IslandLink>> {
                if (failing_islands-- > 0) return fail(Errc::internal, "island", "it broke");
                auto made = std::make_unique<FakeIsland>(std::move(spec), std::move(events), island);
                islands.push_back(made.get());
                return made;
              },
              [](std::function<void()> job) { job(); }};
  std::shared_ptr<StreamCore> stream;

  explicit Stage(bool ladder = false, std::initializer_list<std::pair<std::string, std::string>> params = {})
      : Stage(stage_plan(ladder, params)) {}
  explicit Stage(std::shared_ptr<const graph::Plan> plan) {
    set_log_level(Level::error);
    current_record() = &record;
    stream = std::make_shared<StreamCore>(
        StreamCore::Setup{"live/cam", plan, house, std::make_shared<Strand>(loop), [this](const auto&) { ++gone; }});
  }
  ~Stage() {
    stream->dismiss();
    loop.settle();
    stream->dismissed(0s);
    loop.settle();
  }
  std::uint64_t claim() {
    auto number = stream->claim({"rtmp 127.0.0.1", 1ms, [this](std::string_view why) { kicks.emplace_back(why); }});
    REQUIRE(number.has_value());
    return *number;
  }
  Duration raw{};
  const FormatPtr video = video_format(Codec::h264, {25, 1}), audio = audio_format();
  void send(std::uint64_t claim_number, int count, bool with_audio = true) {
    for (int i = 0; i < count; ++i) {
      stream->frame(claim_number, make_frame(video, raw, i % 25 == 0));
      if (with_audio) stream->frame(claim_number, make_frame(audio, raw));
      raw += 40ms;
      loop.advance(40ms);
    }
  }
  int status(std::string_view rest) {
    int got = 0;
    stream->handle(*stream->route(rest), HttpRequest{}, rest, HttpReply::from([&](HttpResponse r) { got = r.status; }));
    return got;
  }
  std::size_t count(std::string_view line) const { return static_cast<std::size_t>(std::ranges::count(record.lines, line)); }
};

}  // namespace rostrum::engine
