#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <latch>
#include <random>
#include <thread>

#include <doctest/doctest.h>
#include <rostrum/gst.hpp>

#include "base/params.hpp"
#include "pipeline/elements.hpp"
#include "studio.hpp"

using namespace studio;

namespace {

const Tape& picture() {
  static const Tape tape =
      record("-f lavfi -i testsrc2=s=640x360:r=30:d=5 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 33");
  return tape;
}

std::size_t entries(const char* folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

constexpr std::array ports{PortInfo{"in", Direction::in, Media::raw_video}, PortInfo{"out", Direction::out, Media::raw_video}};
constexpr std::array params{ParamInfo{"text", Type::string, "LIVE", "overlay.text", "caption burnt into every frame"}};
constexpr KindInfo watermark{.name = "acme.watermark",
                             .summary = "burns a caption into raw video",
                             .ports = ports,
                             .params = params,
                             .launch = "videoconvert ! textoverlay name=overlay"};
constexpr KindInfo broken{.name = "acme.broken", .ports = ports, .launch = "nosuchelement ! identity"};

/// decode -> `filter` -> encode
pipeline::IslandSpec filtered(const KindInfo& row, std::initializer_list<std::pair<std::string, std::string>> values) {
  pipeline::IslandSpec spec{
      .stream = "live/test", .inputs = {{"in.video", picture().video.front()->format}}, .outputs = {{2, "out"}}};
  spec.bound = 100'000;
  spec.patience = std::chrono::hours(1);
  spec.nodes.push_back(node("picture", kind("decode"), {}, {from_input(0)}));
  spec.nodes.push_back(node("mark", row, values, {from_node(0)}));
  spec.nodes.push_back(
      node("out", kind("encode"), {{"codec", "h264"}, {"bitrate", "900k"}, {"preset", "ultrafast"}}, {from_node(1)}));
  return spec;
}

struct Still final : Clock {
  std::atomic<std::int64_t> now{3'600'000'000'000};
  [[nodiscard]] Duration monotonic() const override { return Duration(now.load()); }
  [[nodiscard]] UtcTime utc() const override { return UtcTime(Duration(now.load())); }
};

/// The recorder's events; no frame gets out before `opened`.
pipeline::IslandEvents held(Recorder& recorder, std::latch& opened) {
  auto events = recorder.events();
  events.frame = [&opened, frame = events.frame](int output, FramePtr taken) {
    opened.wait();
    frame(output, std::move(taken));
  };
  return events;
}

std::size_t bytes(const std::vector<FramePtr>& frames, std::size_t from, std::size_t to) {
  std::size_t sum = 0;
  for (std::size_t i = from; i < std::min(to, frames.size()); ++i) sum += frames[i]->data.size();
  return sum;
}

}  // namespace

TEST_CASE("pipeline: a source that changes its size keeps the rungs' heights, and times go on") {
  const Tape large = record("-f lavfi -i testsrc2=s=1280x720:r=30:d=2 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 30");
  const Tape small = record("-f lavfi -i testsrc2=s=480x360:r=30:d=2 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 30");
  Recorder recorder;
  auto island = start(ladder(large.video.front()->format, {{360, "900k"}, {240, "500k"}}), recorder);
  std::vector<FramePtr> sent = large.video;
  const auto change = t0 + std::chrono::seconds(2);
  for (const auto& frame : small.video) {
    Frame later = *frame;
    later.pts += std::chrono::seconds(2);
    later.dts += std::chrono::seconds(2);
    later.discontinuity = frame == small.video.front();
    sent.push_back(std::make_shared<const Frame>(std::move(later)));
  }
  play(*island, Tape{.video = sent});
  REQUIRE(recorder.wait_end());
  for (int rung = 0; rung < 2; ++rung) {
    CAPTURE(rung);
    const auto frames = recorder.output(rung);
    CHECK(text_of(times(frames)) == text_of(times(sent)));
    CHECK(text_of(keyframes(frames)) == text_of(keyframes(sent)));
    for (const auto& frame : frames) {
      CHECK(frame->format->height == (rung == 0 ? 360 : 240));
      CHECK(frame->format->width == (frame->pts < change ? (rung == 0 ? 640 : 426) : (rung == 0 ? 480 : 320)));
      CHECK(frame->discontinuity == (frame->pts == change));
    }
    CHECK(pictures(std::vector(frames.begin() + 60, frames.end())) == 60);
  }
}

TEST_CASE("pipeline: rungs taller than the source are left out with a note; the smallest is always there") {
  Recorder recorder;
  auto some = start(ladder(picture().video.front()->format, {{720, "2M"}, {360, "900k"}}), recorder);
  CHECK(some->left_out() == std::vector{0});
  CHECK(std::ranges::count(recorder.notes(), "ladder.720p.scale: left out, the source has 360 lines") == 1);
  some.reset();

  Recorder last;
  auto one = start(ladder(picture().video.front()->format, {{720, "2M"}, {480, "900k"}}), last);
  CHECK(one->left_out() == std::vector{0});
  CHECK(std::ranges::count(last.notes(), "ladder.480p.scale: kept at the source's 360 lines") == 1);
  play(*one, picture());
  REQUIRE(last.wait_end());
  CHECK(last.output(1).front()->format->width == 640);
  CHECK(last.output(1).front()->format->height == 360);
}

TEST_CASE("pipeline: a caption stays a caption, whatever it looks like") {
  Recorder recorder;
  auto island = start(filtered(watermark, {{"text", "hi ! fakesink name=\"x\""}}), recorder);
  const auto dot = island->dot();
  CHECK(dot.find("GstTextOverlay") != std::string::npos);
  CHECK(dot.find("GstFakeSink") == std::string::npos);
  CHECK(dot.find("hi ! fakesink") != std::string::npos);
  CHECK(island->set("mark", params[0], *params_of(params, {{"text", "sold"}})));
  CHECK(island->dot().find("sold") != std::string::npos);
  play(*island, picture());
  REQUIRE(recorder.wait_end());
  CHECK(recorder.output(0).size() == picture().video.size());
}

TEST_CASE("pipeline: what is missing is named with its package and its place") {
  Recorder recorder;
  const auto island = pipeline::Island::make(filtered(broken, {}), recorder.events());
  REQUIRE_FALSE(island);
  CHECK(island.error().code == Errc::missing_element);
  CHECK(island.error().where == "test.yaml nodes.mark");
  CHECK(island.error().what == "nosuchelement is missing; install the GStreamer plugin that has it");
  CHECK(pipeline::missing_elements("identity fakesink|nosuch").empty());
  CHECK(gst::missing("x264enc").what == "x264enc is missing; install gstreamer1.0-plugins-ugly");
  CHECK(gst::missing("nvh264enc|vah264enc").message() ==
        "nvh264enc or vah264enc is missing; install gstreamer1.0-plugins-bad and NVIDIA's driver");
}

TEST_CASE("pipeline: the bitrate changes while it runs; what cannot is refused with a remedy") {
  Recorder recorder;
  auto island = start(ladder(picture().video.front()->format, {{360, "2M"}}), recorder);
  const auto& rows = kind("encode").params;
  const auto row = [&](std::string_view name) { return *std::ranges::find(rows, name, &ParamInfo::name); };
  const auto lower = *params_of(rows, {{"codec", "h264"}, {"bitrate", "100k"}});
  const auto& frames = picture().video;
  const std::size_t half = frames.size() / 2;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (i == half) {
      REQUIRE(recorder.wait_frames(0, half - 1));
      CHECK(island->set("ladder.360p", row("bitrate"), lower));
    }
    island->push(0, frames[i]);
  }
  const auto refused = island->set("ladder.360p", row("preset"), lower);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message() ==
        "test.yaml nodes.ladder.360p.preset: only the bitrate of video can be changed while it runs; start the stream anew");
  CHECK(island->set("nobody", row("bitrate"), lower).error().code == Errc::not_found);
  island->end();
  REQUIRE(recorder.wait_end());
  const auto out = recorder.output(0);
  CHECK(bytes(out, half + 30, out.size()) * 2 < bytes(out, 30, half));
}

TEST_CASE("pipeline: each frame has left before the next one comes") {
  Recorder recorder;
  const auto island = start(ladder(picture().video.front()->format, {{360, "900k"}, {180, "300k"}}), recorder);
  for (std::size_t i = 0; i < 40; ++i) {
    island->push(0, picture().video[i]);
    REQUIRE(recorder.wait_frames(0, i + 1));
    REQUIRE(recorder.wait_frames(1, i + 1));
  }
}

TEST_CASE("pipeline: overload drops up to the next keyframe, and counts") {
  Counters counters;
  auto spec = ladder(picture().video.front()->format, {{360, "900k"}});
  spec.bound = 20;
  spec.metrics = &counters;
  Recorder recorder;
  std::latch opened(1);  // until then encoders cannot give anything, so that little is taken in
  auto island = pipeline::Island::make(std::move(spec), held(recorder, opened));
  REQUIRE(island);
  const auto& tape = picture().video;  // a keyframe each 33 frames
  Counter& dropped = counters.counter("rostrum_island_input_dropped_frames_total", {}, {});
  std::set<std::int64_t> marks;
  bool drops = false;
  std::ptrdiff_t begun = 0;  // twice where the decoder took some in before the keyframe at 33
  const auto push = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (tape[i]->keyframe) {
        (*island)->mark(Mark{.pts = tape[i]->pts});
        marks.insert(tape[i]->pts.count());
      }
      const auto before = dropped.value();
      (*island)->push(0, tape[i]);
      begun += dropped.value() > before && !drops ? 1 : 0;
      drops = dropped.value() > before;
    }
  };
  push(0, 60);
  const auto first = dropped.value();
  CHECK(first > 60 - 33);
  opened.count_down();
  REQUIRE(recorder.wait_frames(0, 60 - first));
  push(60, 74);  // there is room again, but the next keyframe is the 66th
  (*island)->end();
  REQUIRE(recorder.wait_end());
  const auto frames = recorder.output(0);
  CHECK(dropped.value() == first + 6);
  REQUIRE(frames.size() == 74 - dropped.value());
  CHECK(frames[60 - first]->pts == tape[66]->pts);
  for (const auto& frame : frames) CHECK(frame->keyframe == marks.contains(frame->pts.count()));
  CHECK(begun > 0);
  CHECK(std::ranges::count(recorder.notes(), "in.video: decoders and encoders are too slow; dropping to the next keyframe") ==
        begun);
}

TEST_CASE("pipeline: encoders that stay behind lose time up to a keyframe, and what goes on is not late") {
  Still clock;
  const auto& tape = picture().video;  // 30 a second, a keyframe each 33 frames
  const auto run = [&](Duration step, std::size_t count) {
    auto spec = ladder(tape.front()->format, {{180, "300k"}});
    spec.patience = std::chrono::milliseconds(1200);
    spec.clock = &clock;
    Recorder recorder;
    std::latch opened(1);  // until then encoders give nothing
    auto island = pipeline::Island::make(std::move(spec), held(recorder, opened));
    REQUIRE(island);
    for (std::size_t i = 0; i < count; ++i, clock.now += step.count()) (*island)->push(0, tape[i]);
    (*island)->end();
    opened.count_down();
    REQUIRE(recorder.wait_end());
    return recorder.output(0).size();
  };
  // 36 frames wait for 1.2 s; some more are inside the decoder, the scaler and the encoder.
  const std::size_t slow = run(std::chrono::nanoseconds(33'333'333), 120);
  CHECK(slow >= 36);
  CHECK(slow <= 36 + 20);
  CHECK(run(Duration{}, 120) == 120);  // as a burst, it is no overload
}

TEST_CASE("pipeline: encoders that are behind get ten pictures a second and those of marks, until they have caught up") {
  Still clock;
  Counters counters;
  const auto& tape = picture().video;  // 30 a second, a keyframe each 33 frames
  auto spec = ladder(tape.front()->format, {{180, "300k"}, {90, "200k"}});
  spec.patience = std::chrono::milliseconds(1200);
  spec.clock = &clock;
  spec.metrics = &counters;
  Recorder recorder;
  std::latch opened(1);  // until then encoders give nothing
  auto island = pipeline::Island::make(std::move(spec), held(recorder, opened));
  REQUIRE(island);
  std::set<MediaTime> marks;
  const auto push = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i, clock.now += 33'333'333) {
      if (tape[i]->keyframe) {
        (*island)->mark(Mark{.pts = tape[i]->pts});
        marks.insert(tape[i]->pts);
      }
      (*island)->push(0, tape[i]);
    }
  };
  Counter& skipped = counters.counter("rostrum_island_skipped_frames_total", {}, {});
  push(0, 36);  // the oldest has waited for less than 1.2 s: none is dropped
  opened.count_down();
  const auto through = [&](std::size_t count) {
    while (recorder.output(0).size() + skipped.value() < count) std::this_thread::yield();
  };
  through(36);
  CHECK(counters.counter("rostrum_island_input_dropped_frames_total", {}, {}).value() == 0);
  const auto left_out = skipped.value();
  CHECK(left_out >= 8);
  CHECK(std::ranges::count(recorder.notes(), "in.video: encoders are behind; leaving pictures out until they have caught up") ==
        1);
  for (std::size_t i = 36; i < 120; ++i) {
    push(i, i + 1);
    through(i + 1);
  }
  (*island)->end();
  REQUIRE(recorder.wait_end());
  CHECK(skipped.value() == left_out);
  const auto frames = recorder.output(0);
  CHECK(frames.size() == 120 - skipped.value());
  for (const auto& frame : frames) CHECK(frame->keyframe == marks.contains(frame->pts));
  for (std::size_t i = 1; i < frames.size(); ++i) CHECK(frames[i]->pts - frames[i - 1]->pts <= std::chrono::milliseconds(134));
  CHECK(recorder.output(1).size() == frames.size());
}

TEST_CASE("pipeline: a broken bitstream harms nobody") {
  std::minstd_rand random(7);
  for (int round = 0; round < 4; ++round) {
    Recorder recorder;
    auto island = start(ladder(picture().video.front()->format, {{180, "300k"}}), recorder);
    for (const auto& frame : picture().video) {
      Frame bad = *frame;
      std::vector<std::byte> data(bad.data.view().begin(), bad.data.view().end());
      for (int i = 0; i <= round * 8; ++i) data[random() % data.size()] = static_cast<std::byte>(random());
      if (round == 3) data.resize(random() % data.size());
      bad.data = Bytes(std::move(data));
      island->push(0, std::make_shared<const Frame>(std::move(bad)));
    }
    island->end();
    recorder.wait_end();
    CHECK(recorder.ends() + static_cast<int>(recorder.errors().size()) >= 1);
  }
}

TEST_CASE("pipeline: another codec in mid-stream ends the island with its name") {
  const Tape tape = record(flash_and_beep(3, "-preset veryfast -bf 2 -g 60"));
  Recorder recorder;
  auto island = start(ladder(picture().video.front()->format, {{180, "300k"}}), recorder);
  island->push(0, tape.audio.front());
  REQUIRE(recorder.wait_error());
  CHECK(recorder.errors().front().message() == "live/test: in.video: the codec changed to aac");
}

TEST_CASE("pipeline: fifty islands leave no thread and no file behind") {
  const auto once = [&](bool ends) {
    Recorder recorder;
    auto spec = ladder(picture().video.front()->format, {{180, "300k"}, {90, "100k"}});
    auto island = start(std::move(spec), recorder);
    for (std::size_t i = 0; i < 20; ++i) island->push(0, picture().video[i]);
    if (!ends) return;
    island->end();
    REQUIRE(recorder.wait_end());
  };
  for (int i = 0; i < 5; ++i) once(true);
  const auto files = entries("/proc/self/fd");
  const auto threads = entries("/proc/self/task");
  for (int i = 0; i < 50; ++i) once(i % 2 == 0);
  CHECK(entries("/proc/self/fd") <= files);
  // GLib's pools keep idle threads for a while, a bounded number of them.
  CHECK(entries("/proc/self/task") <= threads + 4);
}

TEST_CASE("pipeline: each H.264 encoder that is installed makes its keyframes at the marks") {
  for (const auto& [name, element] :
       {std::pair{"x264", "x264enc"}, std::pair{"openh264", "openh264enc"}, std::pair{"auto", "identity"}}) {
    CAPTURE(name);
    REQUIRE_MESSAGE(pipeline::missing_elements(element).empty(), "install what tests need");
    Recorder recorder;
    auto island = start(ladder(picture().video.front()->format, {{180, "300k"}}, {{"encoder", name}}), recorder);
    play(*island, picture());
    REQUIRE(recorder.wait_end());
    const auto frames = recorder.output(0);
    CHECK(text_of(times(frames)) == text_of(times(picture().video)));
    CHECK(text_of(keyframes(frames)) == text_of(keyframes(picture().video)));
    CHECK(frames.front()->format->codec == Codec::h264);
  }
}
