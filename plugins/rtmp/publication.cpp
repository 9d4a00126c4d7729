#include "rtmp/publication.hpp"

#include <cmath>

#include <fmt/core.h>

#include "rtmp/command.hpp"
#include "rtmp/limits.hpp"

namespace rostrum::rtmp {
namespace {

// 29.97 as a number means 30000/1001.
Rational frame_rate_of(double rate) {
  if (!(rate >= 1 && rate <= 480)) return {};
  const double rounded = std::round(rate);
  if (std::abs(rate - rounded) < 0.0005) return {static_cast<std::int64_t>(rounded), 1};
  if (std::abs(rate - rounded * 1000 / 1001) < 0.006) return {static_cast<std::int64_t>(rounded) * 1000, 1001};
  return {std::llround(rate * 1000), 1000};
}

// Encoders give codec ids as numbers or as names; without one, a property that only such a track has must do.
bool promises(Track track, const AmfValue& codec, const AmfValue& property) {
  if (!codec.text().empty()) return true;
  return codec.is_null() ? property.number() > 0 : is_carried(track, codec.number());
}

}  // namespace

Result<void> Publication::take(const Message& message) {
  switch (message.type) {
    case MessageType::audio:
      return media(Track::audio, message);
    case MessageType::video:
      return media(Track::video, message);
    case MessageType::aggregate:
      return aggregate(message);
    case MessageType::data:
    case MessageType::data_amf3:
      data(message);
      return {};
    default:
      return {};
  }
}

Result<void> Publication::media(Track track, const Message& message) {
  auto tag = track == Track::video ? read_video_tag(message.payload) : read_audio_tag(message.payload);
  if (!tag) {
    const bool codec = tag.error().code == Errc::unsupported;
    losses_.count(codec ? Drop::codec : Drop::tag,
                  codec ? fmt::format("{} is not carried", tag.error().what) : tag.error().message());
    return {};
  }
  TrackInput& input = track == Track::video ? video_ : audio_;
  auto frame = input.take(*tag, message.payload.slice(tag->at, tag->size), unwrap(message.timestamp) + tag->shift, losses_);
  if (!frame) return tl::unexpected(frame.error());
  if (*frame) publisher_->frame(std::move(**frame));
  return {};
}

MediaTime Publication::unwrap(std::uint32_t timestamp) {
  // The nearest value with these 32 bits; a clock that jumps by more than 24.8 days is taken to have wrapped.
  const auto step = static_cast<std::int32_t>(timestamp - static_cast<std::uint32_t>(clock_));
  clock_ = clock_known_ ? clock_ + step : timestamp;
  clock_known_ = true;
  return std::chrono::milliseconds(clock_);
}

void Publication::data(const Message& message) {
  if (message.payload.size() > max_data_bytes)
    return losses_.count(Drop::metadata,
                         fmt::format("a data message of {} bytes is longer than {}", message.payload.size(), max_data_bytes));
  auto values = read_amf0_all(amf_body(message));
  if (!values) return losses_.count(Drop::metadata, "a data message is broken: " + values.error().message());
  std::size_t at = !values->empty() && values->front().text() == "@setDataFrame" ? 1 : 0;
  if (values->size() > at + 1 && (*values)[at].text() == "onMetaData") metadata((*values)[at + 1]);
}

void Publication::metadata(const AmfValue& said) {
  const AmfValue& rate = said["framerate"].is_null() ? said["fps"] : said["framerate"];
  const Announcement now{promises(Track::video, said["videocodecid"], said["width"]),
                         promises(Track::audio, said["audiocodecid"], said["audiosamplerate"]), frame_rate_of(rate.number())};
  if ((!now.video && !now.audio) || now == announced_) return;  // GStreamer's muxer says it again every 100 ms
  announced_ = now;
  publisher_->announce(now.video, now.audio, now.rate);
}

// RTMP 1.0, 7.1.6: FLV tags one after the other; their timestamps count from the first one's.
Result<void> Publication::aggregate(const Message& message) {
  Reader in(message.payload);
  bool first = true;
  std::uint32_t base = 0;
  while (in.left() > 0) {
    const MessageType type{in.u8()};
    const std::size_t size = in.u24();
    const std::uint32_t low = in.u24();
    const std::uint32_t timestamp = static_cast<std::uint32_t>(in.u8()) << 24 | low;
    in.skip(3);  // stream id
    const std::size_t at = in.at();
    in.skip(size);
    if (!in.ok()) {
      losses_.count(Drop::tag, "an aggregate message's tag passes its end");
      return {};
    }
    if (std::exchange(first, false)) base = timestamp;
    if (type != MessageType::aggregate) {
      const Message inner{type, message.timestamp + (timestamp - base), message.stream, message.payload.slice(at, size)};
      if (auto taken = take(inner); !taken) return taken;
    }
    in.skip(std::min<std::size_t>(4, in.left()));  // back pointer
  }
  return {};
}

}  // namespace rostrum::rtmp
