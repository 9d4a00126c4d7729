#include "rtmp/flv_tag.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "rtmp/stream_name.hpp"

namespace rostrum::rtmp {
namespace {

constexpr std::uint32_t four_cc(std::string_view text) {
  std::uint32_t value = 0;
  for (const char c : text) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

struct FourCc {
  std::uint32_t code;
  Codec codec;
  bool composition;  // coded frames carry a 24-bit composition time
};
constexpr std::array four_ccs{FourCc{four_cc("avc1"), Codec::h264, true}, FourCc{four_cc("hvc1"), Codec::hevc, true},
                              FourCc{four_cc("av01"), Codec::av1, false}, FourCc{four_cc("vp09"), Codec::vp9, false},
                              FourCc{four_cc("mp4a"), Codec::aac, false}, FourCc{four_cc("Opus"), Codec::opus, false}};

// VideoPacketType and AudioPacketType of Enhanced RTMP 2; the values that both have are the same.
enum PacketType : unsigned {
  sequence_start = 0,
  coded_frames = 1,
  sequence_end = 2,
  coded_frames_x = 3,  // video only: composition time 0
  metadata = 4,        // audio: MultichannelConfig
  multitrack = 5,      // audio; video has MPEG2TSSequenceStart = 5 and Multitrack = 6
  video_multitrack = 6,
  mod_ex = 7,
};

// FLV's own codec numbers.
enum VideoCodec : unsigned { avc = 7, hevc = 12 };  // 12 is HEVC as encoders wrote it before Enhanced RTMP, with AVC's packets
enum SoundFormat : unsigned { extended = 9, aac = 10 };

enum FrameType : unsigned { key_frame = 1, command_frame = 5 };

Result<void> take_body(MediaTag& tag, Reader& in) {
  if (!in.ok()) return fail(Errc::bad_syntax, "FLV", "a tag ends within its header");
  tag.at = in.at();
  tag.size = in.left();
  return {};
}

Duration signed_milliseconds(std::uint32_t bits24) {
  return std::chrono::milliseconds(static_cast<std::int32_t>(bits24 << 8) >> 8);
}

// Enhanced RTMP 2, "ModEx": extensions in front of the packet; the only one defined shifts the timestamp.
void skip_mod_ex(Reader& in, unsigned& packet, MediaTag& tag) {
  constexpr unsigned timestamp_offset_nano = 0;
  while (packet == mod_ex && in.ok()) {
    std::size_t size = in.u8() + 1U;
    if (size == 256) size = in.u16() + 1U;
    Reader data(in.take(size));
    const unsigned next = in.u8();
    if (next >> 4 == timestamp_offset_nano && data.left() >= 3) tag.shift = Duration(data.u24());
    packet = next & 0x0f;
  }
}

// The multitrack header; leaves `in` at track 0's body and the rest of the message out of it.
Result<bool> enter_track_0(Reader& in, ByteView message, unsigned& packet, std::uint32_t& code, MediaTag& tag) {
  enum MultitrackType : unsigned { one_track = 0, many_codecs = 2 };
  const unsigned head = in.u8();
  const unsigned type = head >> 4;
  packet = head & 0x0f;
  if (type > many_codecs) return fail(Errc::bad_syntax, "FLV", fmt::format("multitrack type {} is not defined", type));
  if (type != many_codecs) code = in.u32();
  tag.multitrack = true;
  while (in.ok() && in.left() > 0) {
    if (type == many_codecs) code = in.u32();
    const unsigned track = in.u8();
    const std::size_t size = type == one_track ? in.left() : in.u24();
    const std::size_t at = in.at();
    in.skip(size);
    if (in.ok() && track == 0) {
      in = Reader(message.first(at + size));
      in.skip(at);
      return true;
    }
  }
  if (!in.ok()) return fail(Errc::bad_syntax, "FLV", "a multitrack tag passes the message's end");
  return false;
}

Result<void> read_packet(Reader& in, unsigned packet, std::uint32_t code, Track track, MediaTag& tag) {
  if (!in.ok()) return take_body(tag, in);
  const auto* known = std::find_if(four_ccs.begin(), four_ccs.end(), [&](const FourCc& one) { return one.code == code; });
  if (known == four_ccs.end() || track_of(known->codec) != track) {
    Writer name;
    return fail(Errc::unsupported, "FLV", fmt::format("'{}'", printable(as_text(name.u32(code).view()))));
  }
  tag.codec = known->codec;
  switch (packet) {
    case sequence_start:
      tag.kind = MediaTag::Kind::config;
      break;
    case coded_frames:
      tag.kind = MediaTag::Kind::frame;
      if (known->composition) tag.composition = signed_milliseconds(in.u24());
      break;
    case coded_frames_x:
      tag.kind = track == Track::video ? MediaTag::Kind::frame : MediaTag::Kind::nothing;
      break;
    case sequence_end:
      tag.kind = MediaTag::Kind::end;
      break;
    default:
      tag.kind = MediaTag::Kind::nothing;
  }
  return take_body(tag, in);
}

Result<MediaTag> read_extended(ByteView message, Reader& in, unsigned packet, Track track, bool is_command) {
  MediaTag tag;
  skip_mod_ex(in, packet, tag);
  if (is_command && packet != metadata) return tag;
  std::uint32_t code = 0;
  if (packet == (track == Track::video ? video_multitrack : multitrack)) {
    auto found = enter_track_0(in, message, packet, code, tag);
    if (!found) return tl::unexpected(found.error());
    if (!*found) {
      tag.kind = MediaTag::Kind::track;
      return tag;
    }
  } else {
    code = in.u32();
  }
  if (auto read = read_packet(in, packet, code, track, tag); !read) return tl::unexpected(read.error());
  return tag;
}

std::string_view legacy_video(unsigned id) {
  constexpr std::array<std::string_view, 7> names{"",    "JPEG",           "Sorenson H.263", "Screen Video",
                                                  "VP6", "VP6 with alpha", "Screen Video 2"};
  return id < names.size() ? names[id] : "";
}

std::string_view legacy_audio(unsigned id) {
  constexpr std::array<std::string_view, 16> names{
      "PCM",          "ADPCM", "MP3", "PCM",   "Nellymoser", "Nellymoser", "Nellymoser", "G.711 A-law",
      "G.711 mu-law", "",      "",    "Speex", "",           "",           "MP3",        ""};
  return names[id & 15];
}

std::string with_number(std::string_view name, std::string_view what, unsigned number) {
  return name.empty() ? fmt::format("{} {}", what, number) : fmt::format("{} ({} {})", name, what, number);
}

}  // namespace

Result<MediaTag> read_video_tag(ByteView message) {
  Reader in(message);
  const unsigned head = in.u8();
  MediaTag tag;
  if (!in.ok()) return tag;
  const unsigned frame_type = head >> 4 & 7;
  if ((head & 0x80) != 0) {
    auto extended = read_extended(message, in, head & 0x0f, Track::video, frame_type == command_frame);
    if (extended) extended->keyframe = frame_type == key_frame;
    return extended;
  }
  if (frame_type == command_frame) return tag;
  const unsigned codec = head & 0x0f;
  if (codec != avc && codec != hevc)
    return fail(Errc::unsupported, "FLV", with_number(legacy_video(codec), "FLV video codec", codec));
  tag.codec = codec == avc ? Codec::h264 : Codec::hevc;
  tag.keyframe = frame_type == key_frame;
  const unsigned packet = in.u8();
  const std::uint32_t composition = in.u24();
  switch (packet) {
    case 0:
      tag.kind = MediaTag::Kind::config;
      break;
    case 1:
      tag.kind = MediaTag::Kind::frame;
      tag.composition = signed_milliseconds(composition);
      break;
    case 2:
      tag.kind = MediaTag::Kind::end;
      break;
    default:
      return fail(Errc::bad_syntax, "FLV", fmt::format("AVC packet type {} is not defined", packet));
  }
  if (auto body = take_body(tag, in); !body) return tl::unexpected(body.error());
  return tag;
}

Result<MediaTag> read_audio_tag(ByteView message) {
  Reader in(message);
  const unsigned head = in.u8();
  MediaTag tag;
  if (!in.ok()) return tag;
  tag.keyframe = true;
  const unsigned format = head >> 4;
  if (format == extended) {
    auto read = read_extended(message, in, head & 0x0f, Track::audio, false);
    if (read) read->keyframe = true;
    return read;
  }
  if (format != aac) return fail(Errc::unsupported, "FLV", with_number(legacy_audio(format), "FLV sound format", format));
  tag.codec = Codec::aac;
  tag.kind = in.u8() == 0 ? MediaTag::Kind::config : MediaTag::Kind::frame;
  if (auto body = take_body(tag, in); !body) return tl::unexpected(body.error());
  return tag;
}

bool is_carried(Track track, double codec_id) {
  if (!(codec_id >= 0 && codec_id <= 0xFFFFFFFF)) return false;
  const auto id = static_cast<std::uint32_t>(codec_id);
  if (track == Track::video ? id == avc || id == hevc : id == aac) return true;
  return std::any_of(four_ccs.begin(), four_ccs.end(),
                     [&](const FourCc& one) { return one.code == id && track_of(one.codec) == track; });
}

}  // namespace rostrum::rtmp
