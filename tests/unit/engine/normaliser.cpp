#include "engine/normaliser.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "fake_house.hpp"

using namespace rostrum;
using namespace rostrum::engine;
using namespace std::chrono_literals;

namespace {

constexpr Duration ms = 1ms;
Duration rounded(double seconds) {
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

struct Publication {
  Normaliser normaliser;
  Duration now = 1h;
  MediaTime wall = 1'790'000'000s;
  Publication() { normaliser.begin(ms); }
  Frame send(FormatPtr format, Duration raw, Duration elapsed = {}, bool keyframe = true) {
    now += elapsed;
    wall += elapsed;
    return normaliser.map(make_frame(std::move(format), raw, keyframe), {now, wall});
  }
};

}  // namespace

TEST_CASE("normaliser: media time starts at the UTC of the first frame") {
  Publication p;
  const Frame first = p.send(video_format(), 77s);
  CHECK(first.pts == 1'790'000'000s);
  CHECK_FALSE(first.discontinuity);
}

TEST_CASE("normaliser: a constant rate comes out exact from whole milliseconds") {
  const Rational rates[] = {{24000, 1001}, {24, 1}, {25, 1}, {30000, 1001}, {50, 1}, {60000, 1001}, {60, 1}};
  for (const Rational rate : rates) {
    for (const double phase : {0.0, 0.0004, 0.0007}) {
      CAPTURE(rate.num);
      CAPTURE(phase);
      Publication p;
      const FormatPtr format = video_format(Codec::h264, rate);
      const double period = 1 / rate.value();
      MediaTime settled{}, last{};
      const int count = 2000;
      for (int i = 0; i < count; ++i) {
        const Frame frame = p.send(format, rounded(phase + i * period), std::chrono::nanoseconds(std::llround(period * 1e9)));
        if (i > 0) CHECK(frame.dts > last);
        last = frame.dts;
        if (i == 1000) settled = frame.dts;
        if (i > 1000) {
          const double expected = (i - 1000) * period * 1e9;
          CHECK(std::abs(static_cast<double>((frame.dts - settled).count()) - expected) < 3);
          CHECK(std::abs(static_cast<double>(frame.duration.count()) - period * 1e9) < 1);
        }
      }
    }
  }
}

TEST_CASE("normaliser: a variable rate stays within a millisecond of what was sent and promises no duration") {
  Publication p;
  const FormatPtr format = video_format(Codec::h264, {30, 1});
  Duration raw = 0s;
  const MediaTime start = p.send(format, raw).dts;
  Frame last;
  for (int i = 1; i < 300; ++i) {
    const Duration step = (i % 3 == 0 ? 51 : i % 3 == 1 ? 12 : 40) * ms;
    raw += step;
    last = p.send(format, raw, step);
    CHECK(std::chrono::abs(last.dts - start - raw) <= 1ms);
  }
  CHECK(last.duration == 0s);
}

TEST_CASE("normaliser: a frame that the publisher left out leaves a hole of whole frames") {
  Publication p;
  const FormatPtr format = video_format(Codec::h264, {30, 1});
  MediaTime before{};
  for (int i = 0; i < 60; ++i) before = p.send(format, rounded(i / 30.0), 33ms).dts;
  CHECK(std::chrono::abs(p.send(format, rounded(62 / 30.0), 100ms).dts - before - 100ms) < 3ns);
}

TEST_CASE("normaliser: AAC is counted in samples") {
  Publication p;
  const FormatPtr format = audio_format();
  MediaTime first = p.send(format, 0s).dts, last{};
  for (int i = 1; i <= 4000; ++i) last = p.send(format, rounded(i * 1024 / 48000.0), 21333us).dts;
  CHECK(std::chrono::abs(last - first - Duration(std::llround(4000 * 1024 / 48000.0 * 1e9))) < 3ns);
}

TEST_CASE("normaliser: a sound card that runs 200 ppm fast is followed in steps below a millisecond") {
  Publication p;
  const FormatPtr format = audio_format();
  const double period = 1024 / 48000.0 * 1.0002;
  const MediaTime first = p.send(format, 0s).dts;
  MediaTime before = first;
  for (int i = 1; i <= 30000; ++i) {
    const MediaTime at = p.send(format, rounded(i * period), std::chrono::nanoseconds(std::llround(period * 1e9))).dts;
    CHECK(std::chrono::abs(at - before - 21333333ns) <= 1ms);
    CHECK(std::chrono::abs(at - first - Duration(std::llround(i * period * 1e9))) < 5ms);
    before = at;
  }
}

TEST_CASE("normaliser: composition offsets are whole frames") {
  Publication p;
  const FormatPtr format = video_format(Codec::h264, {30, 1});
  for (int i = 0; i < 100; ++i) {
    Frame raw = make_frame(format, rounded(i / 30.0));
    raw.pts = rounded((i + 2) / 30.0);
    const Frame frame = p.normaliser.map(raw, {p.now += 33ms, p.wall += 33ms});
    CHECK(std::chrono::abs(frame.pts - frame.dts - 66666667ns) < 2ns);
  }
}

TEST_CASE("normaliser: a jump back is re-based with a discontinuity and never runs back") {
  Publication p;
  const FormatPtr format = video_format();
  MediaTime last{};
  for (int i = 0; i < 30; ++i) last = p.send(format, 100s + i * 33ms, 33ms).dts;
  const Frame jumped = p.send(format, 5s, 33ms);
  CHECK(jumped.discontinuity);
  CHECK(jumped.dts - last == 33ms);
  CHECK(p.normaliser.rebased());
  CHECK_FALSE(p.send(format, 5s + 33ms, 33ms).discontinuity);
}

TEST_CASE("normaliser: a jump ahead is re-based, a pause that the wall clock saw too is not") {
  Publication p;
  const FormatPtr format = video_format();
  const MediaTime first = p.send(format, 0s).dts;
  CHECK_FALSE(p.send(format, 20s, 20s).discontinuity);
  const Frame jumped = p.send(format, 2000s, 33ms);
  CHECK(jumped.discontinuity);
  CHECK(jumped.dts - first == 20s + 33ms);
}

TEST_CASE("normaliser: a jump ahead of a second is one too; frames that were lost in a stalled network leave a hole") {
  Publication p;
  const FormatPtr format = video_format();
  MediaTime last{};
  for (int i = 0; i < 50; ++i) last = p.send(format, i * 40ms, 40ms).dts;
  const Frame jumped = p.send(format, 50 * 40ms + 1s, 40ms);
  CHECK(jumped.discontinuity);
  CHECK(jumped.dts - last == 40ms);

  Publication stalled;
  for (int i = 0; i < 50; ++i) last = stalled.send(format, i * 40ms, 40ms).dts;
  CHECK_FALSE(stalled.send(format, 50 * 40ms, 5s).discontinuity);
  const Frame next = stalled.send(format, 50 * 40ms + 4s, 1ms);
  CHECK_FALSE(next.discontinuity);
  CHECK(next.dts - last == 4s + 40ms);

  Publication slow;  // one picture a second, of which the publisher sends the last ones at once
  for (int i = 0; i < 10; ++i) CHECK_FALSE(slow.send(format, i * 1s, i < 5 ? 1s : 1ms).discontinuity);
}

TEST_CASE("normaliser: both tracks jump to one new base and stay in step") {
  Publication p;
  const FormatPtr video = video_format(), audio = audio_format();
  for (int i = 0; i < 50; ++i) {
    p.send(video, 50s + i * 40ms, 20ms);
    p.send(audio, 50s + i * 40ms, 20ms);
  }
  const Frame v = p.send(video, 3s, 20ms);
  const Frame a = p.send(audio, 3s + 20ms, 20ms);
  CHECK(v.discontinuity);
  CHECK(a.discontinuity);
  CHECK(std::chrono::abs(a.dts - v.dts - 20ms) <= 1ms);
}

TEST_CASE("normaliser: audio on a base of its own is placed by its arrival") {
  Publication p;
  const Frame v = p.send(video_format(), 0s);
  const Frame a = p.send(audio_format(), 90000s, 15ms);
  CHECK(a.dts - v.dts == 15ms);
  CHECK_FALSE(a.discontinuity);
}

TEST_CASE("normaliser: audio on the same base keeps its distance, however late it comes") {
  Publication p;
  const Frame v = p.send(video_format(), 40ms);
  const Frame a = p.send(audio_format(), 0ms, 150ms);
  CHECK(v.dts - a.dts == 40ms);
}

TEST_CASE("normaliser: a 32-bit wrap goes on without a break") {
  Publication p;
  const FormatPtr format = video_format(Codec::h264, {25, 1});
  const Duration top = ms * (std::int64_t{1} << 32);
  MediaTime before = p.send(format, top - 80ms).dts;
  for (const Duration raw : {top - 40ms, 0ms + Duration{}, Duration(40ms), Duration(80ms)}) {
    const Frame frame = p.send(format, raw, 40ms);
    CHECK_FALSE(frame.discontinuity);
    CHECK(frame.dts - before == 40ms);
    before = frame.dts;
  }
}

TEST_CASE("normaliser: a publisher that comes back goes on in step with the wall clock") {
  Publication p;
  const FormatPtr video = video_format(), audio = audio_format();
  MediaTime last{};
  for (int i = 0; i < 30; ++i) last = p.send(video, i * 40ms, 40ms).dts;
  p.send(audio, 29 * 40ms);
  p.normaliser.begin(ms);
  const Frame back = p.send(video, 0s, 7s);
  CHECK(back.discontinuity);
  CHECK(back.dts - last == 7s);
  CHECK(p.send(audio, 10ms, 10ms).discontinuity);
}

TEST_CASE("normaliser: timestamps that stood still while time went on are re-based after 5 s, a stalled network is not") {
  Publication p;
  const FormatPtr format = video_format();
  p.send(format, 0s);
  int breaks = 0;
  MediaTime last{};
  p.now += 10s, p.wall += 10s;
  for (int i = 1; i < 300; ++i) {
    const Frame frame = p.send(format, i * 40ms, 40ms);
    breaks += frame.discontinuity;
    last = frame.dts;
  }
  CHECK(breaks == 1);
  CHECK(std::chrono::abs(last - p.wall) < 100ms);

  Publication stalled;
  stalled.send(format, 0s);
  stalled.now += 10s, stalled.wall += 10s;
  for (int i = 1; i < 300; ++i) CHECK_FALSE(stalled.send(format, i * 40ms, i < 250 ? 1ms : 40ms).discontinuity);
}

TEST_CASE("normaliser: the rate that metadata announce goes into a format that has none") {
  Publication p;
  p.normaliser.announce({25, 1});
  const Frame frame = p.send(video_format(), 0s);
  CHECK(frame.format->frame_rate == Rational{25, 1});
  CHECK(p.send(video_format(Codec::h264, {30, 1}), 40ms, 40ms).format->frame_rate == Rational{30, 1});
}
