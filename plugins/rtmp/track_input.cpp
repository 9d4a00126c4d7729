#include "rtmp/track_input.hpp"

#include <fmt/core.h>

#include "rtmp/obu.hpp"
#include "rtmp/sequence_header.hpp"

namespace rostrum::rtmp {
namespace {

// Real records have some hundred bytes. Each set of a record becomes a block of its own, so a long record is a heavy one.
constexpr std::size_t max_config_bytes = 64u << 10;

bool has_nal_units(Codec codec) {
  return codec == Codec::h264 || codec == Codec::hevc;
}

// RFC 7845 5.1 to Opus in ISOBMFF 4.3.2: the same fields, big-endian and without magic; the version becomes 0.
Result<Bytes> opus_box(const Bytes& header) {
  constexpr std::string_view magic = "OpusHead";
  Reader in(header);
  if (as_text(in.take(magic.size())) != magic) return fail(Errc::bad_syntax, "Opus", "the sequence header is no OpusHead");
  const auto u16_little = [&] {
    const unsigned low = in.u8();
    return low | static_cast<unsigned>(in.u8()) << 8;
  };
  in.skip(1);  // version
  Writer out;
  out.u8(0).u8(in.u8()).u16(u16_little());
  out.u32(in.u32_little()).u16(u16_little());
  out.bytes(in.rest());  // mapping family and table
  if (!in.ok()) return fail(Errc::bad_syntax, "Opus", "the OpusHead is too short");
  return Bytes(out.take());
}

}  // namespace

void TrackInput::set_format(FormatPtr format) {
  changed_ = delivered_;
  format_ = std::move(format);
}

Result<void> TrackInput::configure(Codec codec, const Bytes& header) {
  if (format_ && format_->codec == codec && header == header_) return {};
  if (header.size() > max_config_bytes)
    return fail(Errc::limit, "", fmt::format("a sequence header of {} bytes, the limit is {}", header.size(), max_config_bytes));
  std::optional<ParameterSets> sets;
  Bytes config = header;
  if (has_nal_units(codec)) {
    auto read = ParameterSets::read(codec, header);
    if (!read) return tl::unexpected(read.error());
    sets = std::move(*read);
  } else if (codec == Codec::opus) {
    auto box = opus_box(header);
    if (!box) return tl::unexpected(box.error());
    config = *box;
  }
  auto format = describe(codec, Bytes::copy(config));
  if (!format) return tl::unexpected(format.error());
  header_ = header;
  sets_ = std::move(sets);
  if (codec == Codec::av1) {
    constexpr std::size_t fixed = 4;  // bytes of the record before its OBUs
    const auto obus = read_temporal_unit((*format)->config.slice(fixed));
    sequence_ = obus ? Bytes::copy(obus->sequence) : Bytes();
  }
  set_format(std::move(*format));
  return {};
}

Result<std::optional<Frame>> TrackInput::take(const MediaTag& tag, const Bytes& body, MediaTime dts, Losses& losses) {
  if (tag.multitrack) losses.only_track_0();
  if (tag.kind == MediaTag::Kind::track) losses.count(Drop::track, "a track other than 0 came");
  // Encoders exist that send an empty sequence header and the parameter sets in the frames.
  if (body.empty()) return std::nullopt;
  if (tag.kind == MediaTag::Kind::config) {
    if (auto configured = configure(tag.codec, body); !configured) return tl::unexpected(configured.error());
    return std::nullopt;
  }
  if (tag.kind != MediaTag::Kind::frame) return std::nullopt;
  std::optional<Frame> frame;
  if (track_of(tag.codec) == Track::video) {
    frame = video_frame(tag, body, losses);
  } else if (format_ && format_->codec == tag.codec) {
    frame.emplace().data = body;
    frame->keyframe = true;
  } else {
    losses.count(Drop::before_config, fmt::format("{} came before its sequence header", name_of(tag.codec)));
  }
  if (!frame) return std::nullopt;
  frame->format = format_;
  frame->dts = dts;
  frame->pts = dts + tag.composition;
  frame->discontinuity = std::exchange(changed_, false);
  delivered_ = true;
  return frame;
}

std::optional<Frame> TrackInput::video_frame(const MediaTag& tag, const Bytes& body, Losses& losses) {
  if (has_nal_units(tag.codec)) return nal_frame(tag.codec, body, losses);
  if (!format_ || format_->codec != tag.codec) {
    losses.count(Drop::before_config, fmt::format("{} came before its sequence header", name_of(tag.codec)));
    return std::nullopt;
  }
  return tag.codec == Codec::av1 ? obu_frame(body, losses) : vp9_frame(body);
}

std::optional<Frame> TrackInput::nal_frame(Codec codec, const Bytes& body, Losses& losses) {
  if (!sets_ || sets_->codec() != codec) {  // no sequence header yet: the sets may stand in the frames
    sets_.emplace(codec);
    header_ = {};
    format_ = nullptr;
  }
  auto unit = read_access_unit(codec, body, sets_->length_size());
  if (!unit) {
    losses.count(Drop::broken_frame, fmt::format("a video frame has {}", unit.error().what));
    return std::nullopt;
  }
  if (unit->parameter_sets() && !follow(*unit)) {
    losses.count(Drop::parameter_sets, "a video frame has parameter sets that describe nothing");
    return std::nullopt;
  }
  if (!unit->picture) return std::nullopt;
  if (!format_) {
    losses.count(Drop::before_config, fmt::format("{} came before its sequence header", name_of(codec)));
    return std::nullopt;
  }
  std::optional<Frame> frame(std::in_place);
  frame->data = unit->parameter_sets() ? without_parameter_sets(codec, body, sets_->length_size()) : body;
  frame->keyframe = unit->random_access;
  return frame;
}

// True when the format is as the frame wants it, or still waits for the rest of its sets.
bool TrackInput::follow(const AccessUnit& unit) {
  ParameterSets next = *sets_;
  if (!next.update(unit)) return true;
  auto record = next.record();
  if (!record) {
    if (!format_) sets_ = std::move(next);
    return !format_;
  }
  auto format = describe(next.codec(), std::move(*record));
  if (!format) return false;
  sets_ = std::move(next);
  set_format(std::move(*format));
  return true;
}

std::optional<Frame> TrackInput::obu_frame(const Bytes& body, Losses& losses) {
  auto unit = read_temporal_unit(body);
  if (!unit) {
    losses.count(Drop::broken_frame, fmt::format("a video frame is broken: {}", unit.error().what));
    return std::nullopt;
  }
  if (unit->data.empty()) return std::nullopt;
  if (!follow_sequence(unit->sequence)) {
    losses.count(Drop::parameter_sets, "a video frame has a sequence header that describes nothing");
    return std::nullopt;
  }
  std::optional<Frame> frame(std::in_place);
  frame->data = std::move(unit->data);
  frame->keyframe = unit->keyframe;
  return frame;
}

// AV1 7.5: a new sequence header begins a new coded video sequence.
bool TrackInput::follow_sequence(ByteView header) {
  if (header.empty() || as_text(header) == sequence_.text()) return true;
  if (header.size() > max_config_bytes) return false;
  auto record = av1_record(header);
  if (!record) return false;
  auto format = describe(Codec::av1, std::move(*record));
  if (!format) return false;
  sequence_ = Bytes::copy(header);
  header_ = {};
  set_format(std::move(*format));
  return true;
}

// The configuration of VP9 says nothing of the picture's size: key frames do.
std::optional<Frame> TrackInput::vp9_frame(const Bytes& body) {
  const Vp9Header header = read_vp9_header(body);
  if (header.size.width > 0 && header.size != Size{format_->width, format_->height}) {
    auto format = std::make_shared<Format>(*format_);
    format->width = header.size.width;
    format->height = header.size.height;
    set_format(std::move(format));
  }
  std::optional<Frame> frame(std::in_place);
  frame->data = body;
  frame->keyframe = header.keyframe;
  return frame;
}

}  // namespace rostrum::rtmp
