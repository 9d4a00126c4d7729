#include <numeric>

#include "codec/configs.hpp"

namespace rostrum {

std::string_view name_of(Codec codec) noexcept {
  switch (codec) {
    case Codec::h264:
      return "h264";
    case Codec::hevc:
      return "hevc";
    case Codec::av1:
      return "av1";
    case Codec::vp8:
      return "vp8";
    case Codec::vp9:
      return "vp9";
    case Codec::aac:
      return "aac";
    case Codec::opus:
      return "opus";
    case Codec::mp3:
      return "mp3";
  }
  return "unknown";
}

Result<FormatPtr> describe(Codec codec, Bytes config) {
  Format format;
  format.codec = codec;
  format.config = std::move(config);
  Result<void> read;
  switch (codec) {
    case Codec::h264:
      read = codec::read_avc(format);
      break;
    case Codec::hevc:
      read = codec::read_hevc(format);
      break;
    case Codec::av1:
      read = codec::read_av1(format);
      break;
    case Codec::aac:
      read = codec::read_aac(format);
      break;
    case Codec::opus:
      read = codec::read_opus(format);
      break;
    case Codec::vp8:
      format.rfc6381 = "vp8";
      break;
    case Codec::vp9:
      format.rfc6381 = "vp09.00.10.08";
      break;
    case Codec::mp3:
      format.rfc6381 = "mp4a.40.34";
      break;
  }
  if (!read) return tl::unexpected(read.error());
  return std::make_shared<const Format>(std::move(format));
}

namespace codec {

Rational frame_rate(std::uint64_t ticks_per_second, std::uint64_t ticks_per_frame) {
  if (ticks_per_frame == 0 || ticks_per_second < ticks_per_frame || ticks_per_second / ticks_per_frame > 480) return {};
  const auto divisor = std::gcd(ticks_per_second, ticks_per_frame);
  return {static_cast<std::int64_t>(ticks_per_second / divisor), static_cast<std::int64_t>(ticks_per_frame / divisor)};
}

}  // namespace codec
}  // namespace rostrum
