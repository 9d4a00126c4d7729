// AudioSpecificConfig (ISO 14496-3 1.6.2.1) and dOps (Opus in ISOBMFF 4.3.2).
#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <rostrum/bits.hpp>

#include "codec/configs.hpp"

namespace rostrum::codec {
namespace {

constexpr std::array aac_rates{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350};
constexpr std::array aac_channels{0, 1, 2, 3, 4, 5, 6, 8};
constexpr unsigned sbr = 5, ps = 29;

unsigned object_type(BitReader& in) {
  const unsigned type = in.bits(5);
  return type == 31 ? 32 + in.bits(6) : type;
}

int sample_rate(BitReader& in) {
  const unsigned index = in.bits(4);
  if (index == 15) return static_cast<int>(in.bits(24));
  return index < aac_rates.size() ? aac_rates[index] : 0;
}

}  // namespace

Result<void> read_aac(Format& format) {
  BitReader in(format.config.view().first(std::min<std::size_t>(format.config.size(), 64)));
  unsigned type = object_type(in);
  int rate = sample_rate(in);
  const unsigned channel_index = in.bits(4);
  int extension_rate = 0;
  unsigned signalled = type;
  if (type == sbr || type == ps) {
    extension_rate = sample_rate(in);
    type = object_type(in);
  }
  if (!in.ok()) return broken("AudioSpecificConfig", "it ends too early");
  if (rate < 7350 || rate > 96000) return broken("AudioSpecificConfig", "its sample rate is impossible");
  if (type != 1 && type != 2 && type != 3 && type != 4)
    return fail(Errc::unsupported, "AudioSpecificConfig",
                fmt::format("AAC object type {} is not supported; send AAC-LC or HE-AAC", type));
  const bool short_frames = in.flag();  // frameLengthFlag: 960 samples
  if (in.flag()) in.skip(14);           // dependsOnCoreCoder
  in.skip(1);
  int channels = channel_index < aac_channels.size() ? aac_channels[channel_index] : 0;
  if (channels == 0)
    return fail(Errc::unsupported, "AudioSpecificConfig",
                "the channel layout stands in a program config element; send mono, stereo or 5.1");
  // Backward compatible signalling of SBR and PS behind the core configuration (1.6.5.2).
  if (extension_rate == 0 && in.left() >= 16 && in.bits(11) == 0x2b7 && object_type(in) == sbr && in.flag()) {
    extension_rate = sample_rate(in);
    signalled = sbr;
    if (in.left() >= 12 && in.bits(11) == 0x548 && in.flag()) signalled = ps;
  }
  if (signalled == ps && channels == 1) channels = 2;
  if (extension_rate != 0 && (extension_rate < 7350 || extension_rate > 96000))
    return broken("AudioSpecificConfig", "its extension sample rate is impossible");
  format.sample_rate = extension_rate != 0 ? extension_rate : rate;
  format.channels = channels;
  const int core_samples = short_frames ? 960 : 1024;
  // SBR doubles the samples of a frame, not always the rate: downsampled SBR keeps both (4.6.18.4.3).
  format.frame_samples = extension_rate == 2 * rate ? 2 * core_samples : core_samples;
  format.rfc6381 = fmt::format("mp4a.40.{}", signalled);
  return {};
}

Result<void> read_opus(Format& format) {
  Reader in(format.config);
  const unsigned version = in.u8();
  const unsigned channels = in.u8();
  const unsigned pre_skip = in.u16();
  in.skip(4 + 2);  // InputSampleRate, OutputGain
  const unsigned family = in.u8();
  if (family != 0) in.skip(2 + channels);
  if (!in.ok()) return broken("dOps", "it ends too early");
  if (version != 0) return broken("dOps", "Version is not 0");
  if (channels == 0) return broken("dOps", "OutputChannelCount is 0");
  format.sample_rate = 48000;
  format.channels = static_cast<int>(channels);
  format.priming = static_cast<int>(pre_skip);
  format.rfc6381 = "opus";
  return {};
}

}  // namespace rostrum::codec
