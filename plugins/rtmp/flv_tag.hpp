// Audio and video messages: FLV tags (video_file_format_spec_v10_1 E.4) and Enhanced RTMP 1 and 2.
#pragma once

#include <rostrum/bytes.hpp>
#include <rostrum/error.hpp>
#include <rostrum/media.hpp>

namespace rostrum::rtmp {

/// A tag's header, and where its body stands in the message.
struct MediaTag {
  enum class Kind : std::uint8_t {
    config,   // a sequence header
    frame,    // one access unit
    end,      // of the sequence
    nothing,  // metadata, commands, MPEG-2 TS descriptors: nothing that rostrum carries
    track,    // a multitrack tag without track 0
  };
  Kind kind = Kind::nothing;
  Codec codec = Codec::h264;
  bool keyframe = false;    // as the tag claims
  bool multitrack = false;  // track 0 was taken out of several
  Duration composition{};   // PTS - DTS; may be negative
  Duration shift{};         // to be added to the message's timestamp (ModEx nanosecond offset)
  std::size_t at = 0;       // the body
  std::size_t size = 0;
};

/// Fails with Errc::unsupported (the text names the codec) or Errc::bad_syntax.
Result<MediaTag> read_video_tag(ByteView message);
Result<MediaTag> read_audio_tag(ByteView message);

/// Whether rostrum takes the codec that metadata names by FLV's number or by a FourCC read as a number.
bool is_carried(Track, double codec_id);

}  // namespace rostrum::rtmp
