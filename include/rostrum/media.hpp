// Encoded media as it travels between nodes: formats, frames, marks.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <rostrum/bytes.hpp>
#include <rostrum/error.hpp>

namespace rostrum {

/// A point on a stream's media time line, in nanoseconds. It starts at about the UTC of the stream's first frame and never
/// runs back while the stream lives; the stream's Timeline maps it to UTC exactly. Publishers' own clocks are mapped to it
/// where they come in.
using MediaTime = std::chrono::nanoseconds;
using Duration = std::chrono::nanoseconds;
using UtcTime = std::chrono::sys_time<std::chrono::nanoseconds>;

enum class Track : std::uint8_t { video, audio };
enum class Codec : std::uint8_t { h264, hevc, av1, vp8, vp9, aac, opus, mp3 };

/// "h264", "hevc", "av1", "vp8", "vp9", "aac", "opus", "mp3".
std::string_view name_of(Codec) noexcept;
constexpr Track track_of(Codec codec) noexcept {
  return codec < Codec::aac ? Track::video : Track::audio;
}

struct Rational {
  std::int64_t num = 0;
  std::int64_t den = 1;
  [[nodiscard]] bool known() const { return num > 0 && den > 0; }
  [[nodiscard]] double value() const { return known() ? static_cast<double>(num) / static_cast<double>(den) : 0; }
  friend bool operator==(const Rational&, const Rational&) = default;
};

/// What a decoder has to know before the first frame. Immutable; a change in mid-stream is a new Format.
struct Format {
  Codec codec = Codec::h264;
  /// The codec's configuration record as it stands in its ISO BMFF box: AVCDecoderConfigurationRecord (ISO 14496-15 5.3.3),
  /// HEVCDecoderConfigurationRecord (8.3.3), AV1CodecConfigurationRecord (AV1 ISOBMFF 2.3), AudioSpecificConfig
  /// (ISO 14496-3 1.6), or the body of dOps (Opus in ISOBMFF 4.3.2). Empty for VP8 and MP3.
  Bytes config;
  std::string rfc6381;  // "avc1.64001f", "hvc1.1.6.L93.B0", "mp4a.40.2", "opus", "av01.0.05M.08"
  int width = 0;        // display pixels, after cropping; 0 for audio
  int height = 0;
  Rational frame_rate;  // from the configuration or the container; 0/1 when not known
  int sample_rate = 0;  // Hz as decoded (HE-AAC: the doubled rate); 0 for video
  int channels = 0;
  int frame_samples = 0;  // audio samples in one frame at `sample_rate`: AAC 1024 (HE-AAC 2048); 0 where frames vary (Opus)
  int priming = 0;        // samples at `sample_rate` that the decoder drops before the first (Opus pre-skip); 0 when not known
  [[nodiscard]] Track track() const { return track_of(codec); }
};
using FormatPtr = std::shared_ptr<const Format>;

/// Reads a configuration record and fills every field of Format from it. Bounded; no input crashes it.
/// Fails with Errc::bad_syntax for a broken record, Errc::unsupported for one that needs what rostrum has not (says which).
Result<FormatPtr> describe(Codec, Bytes config);

/// One access unit (video: length-prefixed NAL units or AV1 OBUs without temporal delimiters; audio: one raw frame, no ADTS).
/// Immutable and shared by all that read it.
struct Frame {
  FormatPtr format;
  Bytes data;
  MediaTime pts{};
  MediaTime dts{};
  Duration duration{};         // 0 = not known
  bool keyframe = false;       // a random access point (video), always true for audio
  bool discontinuity = false;  // time or format does not continue from the frame before
};
using FramePtr = std::shared_ptr<const Frame>;

/// A point where all renditions of a stream may be cut. Made once for the stream, before any rendition's frame at or after
/// it; encoders are told to make an IDR at exactly this PTS.
struct Mark {
  MediaTime pts{};
  bool source_keyframe = true;  // false: the source has no random access point here; only re-encoded rungs have one
  bool discontinuity = false;   // what comes does not continue what was: a publisher came back, time jumped, the format changed
};

}  // namespace rostrum
