// HEVCDecoderConfigurationRecord (ISO 14496-15 8.3.3) and its sequence parameter set (ISO 23008-2 7.3.2.2, E.2.1).
#include <algorithm>

#include <fmt/core.h>
#include <rostrum/bits.hpp>

#include "codec/configs.hpp"

namespace rostrum::codec {
namespace {

constexpr unsigned sps_nal_type = 33;

void skip_profile_tier_level(BitReader& in, unsigned max_sub_layers_minus1) {
  in.skip(96);  // general profile, constraints, level
  bool profile_present[8] = {};
  bool level_present[8] = {};
  for (unsigned i = 0; i < max_sub_layers_minus1; ++i) profile_present[i] = in.flag(), level_present[i] = in.flag();
  if (max_sub_layers_minus1 > 0)
    for (unsigned i = max_sub_layers_minus1; i < 8; ++i) in.skip(2);
  for (unsigned i = 0; i < max_sub_layers_minus1; ++i) {
    if (profile_present[i]) in.skip(88);
    if (level_present[i]) in.skip(8);
  }
}

void skip_scaling_list_data(BitReader& in) {
  for (int size_id = 0; size_id < 4; ++size_id)
    for (int matrix_id = 0; matrix_id < 6 && in.ok(); matrix_id += size_id == 3 ? 3 : 1) {
      if (!in.flag()) {
        in.ue();
        continue;
      }
      if (size_id > 1) in.se();
      const int count = std::min(64, 1 << (4 + (size_id << 1)));
      for (int i = 0; i < count && in.ok(); ++i) in.se();
    }
}

// 7.3.7; a later set may be coded as changes to the one before it, so the counts are carried along.
bool skip_short_term_sets(BitReader& in) {
  const unsigned sets = in.ue();
  if (sets > 64) return false;
  unsigned previous = 0;
  for (unsigned index = 0; index < sets && in.ok(); ++index) {
    if (index > 0 && in.flag()) {
      in.skip(1), in.ue();
      unsigned now = 0;
      for (unsigned j = 0; j <= previous && in.ok(); ++j) {
        const bool used = in.flag();
        const bool use_delta = used || in.flag();
        if (use_delta) ++now;
      }
      previous = now;
    } else {
      const unsigned negative = in.ue();
      const unsigned positive = in.ue();
      if (negative > 16 || positive > 16) return false;
      for (unsigned j = 0; j < negative + positive && in.ok(); ++j) in.ue(), in.skip(1);
      previous = negative + positive;
    }
  }
  return in.ok();
}

void read_vui_timing(BitReader& in, Format& format) {
  if (in.flag() && in.bits(8) == 255) in.skip(32);
  if (in.flag()) in.skip(1);
  if (in.flag()) {
    in.skip(4);
    if (in.flag()) in.skip(24);
  }
  if (in.flag()) in.ue(), in.ue();
  in.skip(3);
  if (in.flag()) in.ue(), in.ue(), in.ue(), in.ue();  // default display window
  if (!in.flag()) return;
  const std::uint32_t units_in_tick = in.bits(32);
  const std::uint32_t time_scale = in.bits(32);
  if (in.ok()) format.frame_rate = frame_rate(time_scale, units_in_tick);
}

Result<void> read_sps(ByteView nal, Format& format) {
  BitReader in(nal.first(std::min<std::size_t>(nal.size(), 4096)), BitReader::Escapes::nal);
  in.skip(16);  // NAL header
  in.skip(4);
  const unsigned sub_layers = in.bits(3);
  in.skip(1);
  skip_profile_tier_level(in, sub_layers);
  in.ue();
  const std::uint32_t chroma = in.ue();
  if (chroma == 3) in.skip(1);
  const std::uint64_t width = in.ue();
  const std::uint64_t height = in.ue();
  std::uint64_t crop_x = 0;
  std::uint64_t crop_y = 0;
  if (in.flag()) {
    const std::uint64_t left = in.ue(), right = in.ue(), top = in.ue(), bottom = in.ue();
    crop_x = (left + right) * (chroma == 1 || chroma == 2 ? 2 : 1);
    crop_y = (top + bottom) * (chroma == 1 ? 2 : 1);
  }
  if (!in.ok()) return broken("HEVC SPS", "it ends too early");
  if (width == 0 || height == 0 || width > 16384 || height > 16384 || crop_x >= width || crop_y >= height)
    return broken("HEVC SPS", "its picture size is impossible");
  format.width = static_cast<int>(width - crop_x);
  format.height = static_cast<int>(height - crop_y);

  // The rest only serves the frame rate; where it cannot be read, the rate stays unknown.
  in.ue(), in.ue();  // bit depths
  const std::uint32_t poc_bits = in.ue() + 4;
  const bool ordering_for_each = in.flag();
  for (unsigned i = ordering_for_each ? 0 : sub_layers; i <= sub_layers; ++i) in.ue(), in.ue(), in.ue();
  for (int i = 0; i < 6; ++i) in.ue();
  if (in.flag() && in.flag()) skip_scaling_list_data(in);
  in.skip(2);
  if (in.flag()) in.skip(8), in.ue(), in.ue(), in.skip(1);  // pcm
  if (!skip_short_term_sets(in)) return {};
  if (in.flag()) {
    const unsigned count = in.ue();
    if (count > 32 || poc_bits > 16) return {};
    for (unsigned i = 0; i < count; ++i) in.skip(poc_bits + 1);
  }
  in.skip(2);
  if (in.flag()) read_vui_timing(in, format);
  return {};
}

// RFC 6381 form of ISO 14496-15 E.3: profile, compatibility in reverse bit order, tier and level, constraint bytes.
std::string codecs_value(ByteView config) {
  Reader in(config);
  in.skip(1);
  const unsigned profile = in.u8();
  std::uint32_t compatibility = in.u32();
  std::uint32_t reversed = 0;
  for (int i = 0; i < 32; ++i, compatibility >>= 1) reversed = reversed << 1 | (compatibility & 1);
  const ByteView constraints = in.take(6);
  const unsigned level = in.u8();
  std::string text = "hvc1.";
  if (profile >> 6 != 0) text += static_cast<char>('A' + (profile >> 6) - 1);
  text += fmt::format("{}.{:X}.{}{}", profile & 31, reversed, profile & 32 ? 'H' : 'L', level);
  std::size_t last = 6;
  while (last > 0 && constraints[last - 1] == std::byte{0}) --last;
  for (std::size_t i = 0; i < last; ++i) text += fmt::format(".{:X}", std::to_integer<unsigned>(constraints[i]));
  return text;
}

}  // namespace

Result<void> read_hevc(Format& format) {
  Reader in(format.config);
  if (in.u8() != 1) return broken("HEVCDecoderConfigurationRecord", "configurationVersion is not 1");
  in.skip(20);
  const int length_size = (in.u8() & 3) + 1;
  if (in.ok() && length_size != 4)
    return fail(Errc::unsupported, "HEVCDecoderConfigurationRecord",
                "NAL lengths are not 4 bytes; set the encoder to 4-byte lengths");
  ByteView sps;
  const int arrays = in.u8();
  for (int i = 0; i < arrays && in.ok(); ++i) {
    const unsigned type = in.u8() & 63;
    const int count = in.u16();
    for (int j = 0; j < count && in.ok(); ++j) {
      const ByteView nal = in.take(in.u16());
      if (type == sps_nal_type && sps.empty()) sps = nal;
    }
  }
  if (!in.ok()) return broken("HEVCDecoderConfigurationRecord", "it ends too early");
  if (sps.size() < 4) return broken("HEVCDecoderConfigurationRecord", "it holds no sequence parameter set");
  format.rfc6381 = codecs_value(format.config);
  return read_sps(sps, format);
}

}  // namespace rostrum::codec
