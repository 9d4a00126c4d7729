#include <doctest/doctest.h>

#include "studio.hpp"

using namespace studio;

namespace {

void check_ladder(const Tape& tape) {
  Recorder recorder;
  auto island = start(ladder(tape.video.front()->format, {{360, "900k"}, {240, "500k"}, {180, "300k"}}), recorder);
  play(*island, tape);
  REQUIRE(recorder.wait_end());
  CHECK(recorder.ends() == 1);
  const auto source = times(tape.video);
  const auto marks = keyframes(tape.video);
  for (int rung = 0; rung < 3; ++rung) {
    CAPTURE(rung);
    const auto frames = recorder.output(rung);
    CHECK(text_of(times(frames)) == text_of(source));
    CHECK(text_of(keyframes(frames)) == text_of(marks));
    CHECK(frames.front()->format->height == std::array{360, 240, 180}[static_cast<std::size_t>(rung)]);
    CHECK(frames.front()->format->width == std::array{640, 426, 320}[static_cast<std::size_t>(rung)]);
    for (const auto& frame : frames) CHECK(frame->dts == frame->pts);
    CHECK(pictures(frames) == source.size());
  }
}

}  // namespace

TEST_CASE("pipeline: every rung has the source's times, and IDRs at the marks and nowhere else") {
  const std::string picture = "-f lavfi -i testsrc2=s=640x360:r=30:d=5 -pix_fmt yuv420p -c:v libx264 ";
  SUBCASE("GOP of 1.1 s") {
    check_ladder(record(picture + "-preset ultrafast -g 33"));
  }
  SUBCASE("GOP of 2 s with B-frames") {
    check_ladder(record(picture + "-preset veryfast -bf 3 -g 60"));
  }
  SUBCASE("GOP of 4 s") {
    check_ladder(record(picture + "-preset ultrafast -g 120 -sc_threshold 0"));
  }
  SUBCASE("keyframes at scene cuts") {
    check_ladder(
        record("-f lavfi -i \"testsrc2=s=640x360:r=30:d=5,negate=enable='gte(mod(t,1.7),0.9)'\" -pix_fmt yuv420p -c:v libx264 "
               "-preset veryfast -bf 2 -g 250"));
  }
}
