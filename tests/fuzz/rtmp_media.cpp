// What a publisher sends once it is admitted: FLV tags, configuration records, access units, metadata, aggregates. The input is
// messages one after the other: type (one byte), length (two), body.
#include <chrono>
#include <cstdint>

#include <rostrum/log.hpp>

#include "../unit/rtmp/fake_house.hpp"
#include "rtmp/publication.hpp"

namespace {

using namespace rostrum;
using namespace rostrum::rtmp;

constexpr MessageType types[]{MessageType::video, MessageType::audio, MessageType::data, MessageType::data_amf3,
                              MessageType::aggregate};

void judge(const Frame& frame) {
  if (!frame.format || frame.data.empty()) __builtin_trap();
  if (frame.format->track() == Track::audio && !frame.keyframe) __builtin_trap();
  if (frame.format->width < 0 || frame.format->height < 0) __builtin_trap();
  if (frame.pts - frame.dts < -std::chrono::hours(3) || frame.pts - frame.dts > std::chrono::hours(3)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  set_log_sink([](Level, std::string_view, std::string_view, std::string_view) {});
  test::FakeMetrics metrics;
  const auto published = std::make_shared<test::Published>();
  Publication publication(std::make_unique<test::FakePublisher>(published), metrics, "live/cam");
  Reader in(std::as_bytes(std::span(data, size)));
  std::uint32_t timestamp = 0;
  while (in.left() > 0) {
    const unsigned head = in.u8();
    const std::size_t length = std::min<std::size_t>(in.u16(), in.left());
    const Message message{types[head % std::size(types)], timestamp, 1, Bytes::copy(in.take(length))};
    timestamp += head >> 3;
    if (!publication.take(message)) break;
  }
  publication.end("done");
  for (const Frame& frame : published->frames) judge(frame);
  return 0;
}
