#include "rtmp/track_input.hpp"

#include <fmt/core.h>
#include <rostrum/bits.hpp>

#include "rtmp/obu.hpp"

namespace rostrum::rtmp {
namespace {

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

// VP9 uncompressed header (6.2): frame_marker, profile (and a reserved bit in profile 3), show_existing_frame, frame_type.
bool vp9_keyframe(ByteView frame) {
  BitReader in(frame);
  in.skip(2);
  const unsigned low = in.bit();
  const unsigned profile = low | in.bit() << 1;
  if (profile == 3) in.skip(1);
  const bool existing = in.bit() != 0;
  return in.ok() && !existing && in.bit() == 0;
}

}  // namespace

void TrackInput::set_format(FormatPtr format) {
  changed_ = delivered_;
  format_ = std::move(format);
}

Result<void> TrackInput::configure(Codec codec, const Bytes& header) {
  if (format_ && format_->codec == codec && header == header_) return {};
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
  if (tag.codec == Codec::av1) return obu_frame(body, losses);
  std::optional<Frame> frame(std::in_place);
  frame->data = body;
  frame->keyframe = vp9_keyframe(body);
  return frame;
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
  std::optional<Frame> frame(std::in_place);
  frame->data = std::move(unit->data);
  frame->keyframe = unit->keyframe;
  return frame;
}

}  // namespace rostrum::rtmp
