#include <cmath>

#include <doctest/doctest.h>

#include "studio.hpp"

using namespace studio;

namespace {

double offset(const std::vector<FramePtr>& video, const std::vector<FramePtr>& audio) {
  return beep(audio) - flash(video);
}

}  // namespace

TEST_CASE("pipeline: picture and sound keep their offset through decoders and encoders, priming included") {
  const Tape tape = record(flash_and_beep(3, "-preset veryfast -bf 2 -g 60"));
  const double source = offset(tape.video, tape.audio);
  CHECK(std::abs(source) < 0.03);  // the flash is seen with a frame's resolution
  auto spec = ladder(tape.video.front()->format, {{180, "300k"}});
  add_audio(spec, tape.audio.front()->format, "aac");
  spec.nodes.push_back(node("opus", kind("encode"), {{"codec", "opus"}, {"bitrate", "96k"}}, {from_input(1)}));
  spec.outputs.push_back({static_cast<int>(spec.nodes.size()) - 1, "out"});
  Recorder recorder;
  auto island = start(std::move(spec), recorder);
  play(*island, tape);
  REQUIRE(recorder.wait_end());
  const auto picture = recorder.output(0), aac = recorder.output(1), opus = recorder.output(2);
  CHECK(std::abs(offset(picture, aac) - source) < 0.005);
  CHECK(std::abs(offset(picture, opus) - source) < 0.005);
  CHECK(aac.front()->format->codec == Codec::aac);
  CHECK(aac.front()->format->rfc6381 == "mp4a.40.2");
  CHECK(opus.front()->format->codec == Codec::opus);
  CHECK(opus.front()->format->priming > 0);
  for (const auto* track : {&aac, &opus}) {
    for (std::size_t i = 1; i + 1 < track->size(); ++i) {
      const double gap = seconds((*track)[i]->pts - (*track)[i - 1]->pts - (*track)[i - 1]->duration);
      CHECK(std::abs(gap) < 0.001);
    }
  }
}

TEST_CASE("pipeline: audio that already has the codec passes through, bytes and times") {
  const Tape tape = record(flash_and_beep(3, "-preset veryfast -bf 2 -g 60"));
  pipeline::IslandSpec spec{.stream = "live/test", .bound = 100'000, .patience = std::chrono::hours(1)};
  add_audio(spec, tape.audio.front()->format, "aac", "false");
  Recorder recorder;
  auto island = start(std::move(spec), recorder);
  play(*island, Tape{.audio = tape.audio});
  REQUIRE(recorder.wait_end());
  const auto frames = recorder.output(0);
  REQUIRE(frames.size() == tape.audio.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    CHECK(frames[i]->data == tape.audio[i]->data);
    CHECK(frames[i]->pts == tape.audio[i]->pts);
    CHECK(frames[i]->keyframe);
  }
}

TEST_CASE("pipeline: a hole in the sound stays where it was") {
  const Tape tape = record(flash_and_beep(3, "-preset veryfast -bf 2 -g 60"));
  const auto hole_from = t0 + std::chrono::milliseconds(700), hole_to = t0 + std::chrono::milliseconds(1700);
  pipeline::IslandSpec spec{.stream = "live/test", .bound = 100'000, .patience = std::chrono::hours(1)};
  add_audio(spec, tape.audio.front()->format, "opus");
  Recorder recorder;
  auto island = start(std::move(spec), recorder);
  bool after = false;
  for (const auto& frame : tape.audio) {
    if (frame->pts >= hole_from && frame->pts < hole_to) continue;
    Frame copy = *frame;
    copy.discontinuity = !after && frame->pts >= hole_to;
    after = after || frame->pts >= hole_to;
    island->push(0, std::make_shared<const Frame>(std::move(copy)));
  }
  island->end();
  REQUIRE(recorder.wait_end());
  int breaks = 0;
  for (const auto& frame : recorder.output(0)) {
    if (!frame->discontinuity) continue;
    ++breaks;
    CHECK(std::abs(seconds(frame->pts - hole_to)) < 0.03);
    std::vector<FramePtr> rest;
    for (const auto& later : recorder.output(0)) {
      if (later->pts >= frame->pts) rest.push_back(later);
    }
    CHECK(std::abs(beep(rest, 1.8) - beep(tape.audio, 1.8)) < 0.005);
  }
  CHECK(breaks == 1);
}
