#include "engine/sequencer.hpp"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "fake_house.hpp"

using namespace rostrum;
using namespace rostrum::engine;
using namespace std::chrono_literals;

namespace {

// Writes down what comes, and holds it to the promise: no frame at or after a mark goes before it, no mark below the horizon.
struct Witness final : Downstream {
  std::vector<std::string> lines;
  MediaTime bound = MediaTime::min(), highest = MediaTime::min();
  int marks = 0, frames = 0;
  static auto ms(MediaTime t) { return std::chrono::duration_cast<std::chrono::milliseconds>(t).count(); }
  void mark(const Mark& m) override {
    CHECK(m.pts >= bound);
    CHECK(m.pts > highest);
    ++marks;
    lines.push_back(fmt::format("mark {}{}{}", ms(m.pts), m.source_keyframe ? " key" : "", m.discontinuity ? " break" : ""));
  }
  void frame(FramePtr f) override {
    highest = std::max(highest, f->pts);
    ++frames;
    lines.push_back(fmt::format("{} {}", f->format->track() == Track::video ? "v" : "a", ms(f->pts)));
  }
  void horizon(MediaTime t) override {
    CHECK(t > bound);
    bound = t;
  }
};

const FormatPtr video = video_format(), audio = audio_format();
FramePtr v(Duration at, bool key = false, Duration duration = 40ms, bool broken = false) {
  Frame frame = make_frame(video, at, key);
  frame.duration = duration;
  frame.discontinuity = broken;
  return std::make_shared<const Frame>(frame);
}
FramePtr a(Duration at, bool broken = false) {
  Frame frame = make_frame(audio, at);
  frame.duration = 20ms;
  frame.discontinuity = broken;
  return std::make_shared<const Frame>(frame);
}
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("sequencer: every keyframe is a mark before its frame, and what comes before the first is left out") {
  Witness out;
  Sequencer s({}, out);
  s.begin(true);
  for (int i = 0; i < 6; ++i) s.frame(v(i * 40ms, i == 2 || i == 4));
  CHECK(out.lines == Lines{"mark 80 key", "v 80", "v 120", "mark 160 key", "v 160", "v 200"});
  CHECK(s.take_dropped() == 2);
  CHECK(s.take_dropped() == 0);
}

TEST_CASE("sequencer: audio that is ahead waits for the video's mark; audio that ended before the first mark is left out") {
  Witness out;
  Sequencer s({}, out);
  s.begin(true);
  s.frame(a(50ms));
  s.frame(a(70ms));
  s.frame(a(90ms));
  s.frame(v(80ms, true));
  CHECK(out.lines == Lines{"mark 80 key", "v 80", "a 70", "a 90"});
  s.frame(a(130ms));
  CHECK(out.lines.size() == 4);
  s.frame(v(120ms, true));
  CHECK(out.lines.back() == "a 130");
}

TEST_CASE("sequencer: a long GOP gets marks in between at frames of the source, for encoders only") {
  Witness out;
  Sequencer s(200ms, out);
  s.begin(true);
  for (int i = 0; i < 12; ++i) s.frame(v(i * 40ms, i == 0));
  CHECK(out.lines[0] == "mark 0 key");
  CHECK(out.lines[6] == "mark 200");
  CHECK(out.lines[12] == "mark 400");
  CHECK(out.marks == 3);
  Witness plain;
  Sequencer passthrough({}, plain);
  passthrough.begin(true);
  for (int i = 0; i < 200; ++i) passthrough.frame(v(i * 40ms, i == 0));
  CHECK(plain.marks == 1);
}

TEST_CASE("sequencer: with B-frames a mark stands only past all that was shown") {
  Witness out;
  Sequencer s(100ms, out);
  s.begin(true);
  // Decode order I0 P3 B1 B2 P6 B4 B5 ..., PTS two frames after DTS.
  int dts = 0;
  for (int group = 0; group < 30; ++group) {
    for (const int shown : {3 * group, 3 * group - 2, 3 * group - 1}) {
      if (shown < 0) continue;
      Frame frame = make_frame(video, 40ms * (dts++ - 2), group == 0);
      frame.pts = 40ms * shown;
      s.frame(std::make_shared<const Frame>(frame));
    }
    s.frame(a(120ms * group));
  }
  CHECK(out.marks > 20);
}

TEST_CASE("sequencer: sound alone is cut every 2 s, each mark a random access point") {
  Witness out;
  Sequencer s({}, out);
  s.begin(false);
  for (int i = 0; i < 301; ++i) s.frame(a(i * 20ms));
  CHECK(out.marks == 4);
  CHECK(out.lines[0] == "mark 0 key");
  CHECK(out.frames == 301);
}

TEST_CASE("sequencer: video that stops does not stop the sound, and leads again when it is back") {
  Witness out;
  Sequencer s(2s, out);
  s.begin(true);
  for (int i = 0; i < 25; ++i) {
    s.frame(v(i * 40ms, i == 0));
    s.frame(a(i * 40ms));
    s.frame(a(i * 40ms + 20ms));
  }
  for (int i = 50; i < 400; ++i) s.frame(a(i * 20ms));
  CHECK(out.lines.back() == "a 7980");
  CHECK(out.marks >= 3);
  const int before = out.marks;
  s.frame(v(8s, true));
  CHECK(out.marks == before + 1);
  s.frame(a(8100ms));
  CHECK(out.lines.back() == "v 8000");
}

TEST_CASE("sequencer: a break in time is said by the next mark, once") {
  Witness out;
  Sequencer s({}, out);
  s.begin(true);
  s.frame(v(0ms, true));
  s.frame(v(40ms, false, 40ms, true));
  CHECK(out.lines[2] == "mark 40 break");
  s.begin(true);
  s.frame(v(5s, false, 40ms, true));
  s.frame(v(5040ms, true));
  CHECK(out.lines[4] == "mark 5040 key break");
  s.frame(v(5080ms, true));
  CHECK(out.lines[6] == "mark 5080 key");
}

TEST_CASE("sequencer: video that always comes late after its sound is waited for, and its keyframes are marks") {
  Witness out;
  Sequencer s({}, out);
  s.begin(false);  // no picture within the time in which tracks are known
  for (int i = 0; i < 500; ++i) {
    s.frame(a(i * 40ms));
    s.frame(a(i * 40ms + 20ms));
    if (i >= 40) s.frame(v((i - 40) * 40ms, i % 25 == 0));
  }
  const auto keys = std::ranges::count_if(out.lines, [](const std::string& line) { return line.ends_with("00 key"); });
  CHECK(keys >= 15);  // one a second, after the first few
  const auto last_mark = std::ranges::find_if(out.lines.rbegin(), out.lines.rend(),
                                              [](const std::string& line) { return line.starts_with("mark"); });
  CHECK(*last_mark == "mark 17400 key");
}

TEST_CASE(
    "sequencer: video that falls seconds behind its sound and stays there is a picture again once it has caught up with the "
    "marks") {
  Witness out;
  Sequencer s(2s, out);
  s.begin(true);
  const auto pair = [&](int i) {
    s.frame(a(i * 40ms));
    s.frame(a(i * 40ms + 20ms));
  };
  for (int i = 0; i < 100; ++i) {
    s.frame(v(i * 40ms, i % 50 == 0));
    pair(i);
  }
  for (int i = 100; i < 300; ++i) pair(i);  // 8 s of sound alone
  for (int i = 300; i < 700; ++i) {
    s.frame(v((i - 200) * 40ms, i % 50 == 0));
    pair(i);
  }
  for (int i = 16; i <= 18; i += 2) {
    CAPTURE(i);
    CHECK(std::ranges::count(out.lines, fmt::format("mark {} key", i * 1000)) == 1);
  }
  // no sound more than the picture
  const auto last =
      std::ranges::find_if(out.lines.rbegin(), out.lines.rend(), [](const auto& line) { return line.starts_with("a "); });
  CHECK(*last == "a 19960");
}

TEST_CASE("sequencer: patience that a late picture was given is lost again when it comes in time") {
  Witness out;
  Sequencer s(2s, out);
  s.begin(true);
  s.frame(v(0ms, true));
  for (int i = 0; i < 500; ++i) s.frame(a(i * 20ms));
  for (int i = 0; i < 300; ++i) s.frame(v(i * 40ms, i % 50 == 0));  // it catches up
  for (int i = 300; i < 1000; ++i) {
    s.frame(v(i * 40ms, i % 50 == 0));
    s.frame(a(i * 40ms));
    s.frame(a(i * 40ms + 20ms));
  }
  const int before = out.marks;
  for (int i = 2000; i < 2200; ++i) s.frame(a(i * 20ms));
  CHECK(out.lines.back() == "a 43980");
  CHECK(out.marks >= before + 1);
}
