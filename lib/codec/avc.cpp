// AVCDecoderConfigurationRecord (ISO 14496-15 5.3.3) and its sequence parameter set (ISO 14496-10 7.3.2.1, E.1.1).
#include <algorithm>

#include <fmt/core.h>
#include <rostrum/bits.hpp>

#include "codec/configs.hpp"

namespace rostrum::codec {
namespace {

void skip_scaling_list(BitReader& in, int count) {
  std::int64_t last = 8;
  std::int64_t next = 8;
  for (int i = 0; i < count && in.ok(); ++i) {
    if (next != 0) next = (last + in.se() + 256) % 256;
    if (next != 0) last = next;
  }
}

bool has_chroma_format(std::uint32_t profile) {
  switch (profile) {
    case 100:
    case 110:
    case 122:
    case 244:
    case 44:
    case 83:
    case 86:
    case 118:
    case 128:
    case 138:
    case 139:
    case 134:
    case 135:
      return true;
    default:
      return false;
  }
}

void read_vui(BitReader& in, Format& format) {
  if (in.flag() && in.bits(8) == 255) in.skip(32);  // aspect_ratio_idc, Extended_SAR
  if (in.flag()) in.skip(1);                        // overscan
  if (in.flag()) {                                  // video_signal_type
    in.skip(4);
    if (in.flag()) in.skip(24);
  }
  if (in.flag()) in.ue(), in.ue();  // chroma_loc_info
  if (!in.flag()) return;           // timing_info_present_flag
  const std::uint32_t units_in_tick = in.bits(32);
  const std::uint32_t time_scale = in.bits(32);
  // A frame is two ticks, a field each (E.2.1).
  if (in.ok()) format.frame_rate = frame_rate(time_scale, std::uint64_t{units_in_tick} * 2);
}

Result<void> read_sps(ByteView nal, Format& format) {
  BitReader in(nal.first(std::min<std::size_t>(nal.size(), 4096)), BitReader::Escapes::nal);
  in.skip(8);  // NAL header
  const std::uint32_t profile = in.bits(8);
  const std::uint32_t constraints = in.bits(8);
  const std::uint32_t level = in.bits(8);
  in.ue();  // seq_parameter_set_id
  std::uint32_t chroma = 1;
  if (has_chroma_format(profile)) {
    chroma = in.ue();
    if (chroma == 3) in.skip(1);
    in.ue(), in.ue(), in.skip(1);  // bit depths, qpprime
    if (in.flag())
      for (int i = 0; i < (chroma == 3 ? 12 : 8) && in.ok(); ++i)
        if (in.flag()) skip_scaling_list(in, i < 6 ? 16 : 64);
  }
  in.ue();  // log2_max_frame_num_minus4
  const std::uint32_t poc_type = in.ue();
  if (poc_type == 0) {
    in.ue();
  } else if (poc_type == 1) {
    in.skip(1), in.se(), in.se();
    const std::uint32_t cycle = in.ue();
    if (cycle > 255) return broken("SPS", "num_ref_frames_in_pic_order_cnt_cycle is over 255");
    for (std::uint32_t i = 0; i < cycle && in.ok(); ++i) in.se();
  }
  in.ue(), in.skip(1);  // max_num_ref_frames, gaps_in_frame_num
  const std::uint64_t width = (std::uint64_t{in.ue()} + 1) * 16;
  const std::uint64_t map_units = std::uint64_t{in.ue()} + 1;
  const bool frame_mbs_only = in.flag();
  if (!frame_mbs_only) in.skip(1);
  const std::uint64_t height = map_units * 16 * (frame_mbs_only ? 1 : 2);
  in.skip(1);  // direct_8x8_inference_flag
  std::uint64_t crop_x = 0;
  std::uint64_t crop_y = 0;
  if (in.flag()) {
    const std::uint64_t left = in.ue(), right = in.ue(), top = in.ue(), bottom = in.ue();
    const unsigned unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
    const unsigned unit_y = (chroma == 1 ? 2 : 1) * (frame_mbs_only ? 1 : 2);
    crop_x = (left + right) * unit_x;
    crop_y = (top + bottom) * unit_y;
  }
  if (!in.ok()) return broken("SPS", "it ends too early");
  if (width > 16384 || height > 16384 || crop_x >= width || crop_y >= height)
    return broken("SPS", "its picture size is impossible");
  format.width = static_cast<int>(width - crop_x);
  format.height = static_cast<int>(height - crop_y);
  format.rfc6381 = fmt::format("avc1.{:02x}{:02x}{:02x}", profile, constraints, level);
  if (in.flag()) read_vui(in, format);
  return {};
}

}  // namespace

Result<void> read_avc(Format& format) {
  Reader in(format.config);
  if (in.u8() != 1) return broken("AVCDecoderConfigurationRecord", "configurationVersion is not 1");
  in.skip(3);
  const int length_size = (in.u8() & 3) + 1;
  if (in.ok() && length_size != 4)
    return fail(Errc::unsupported, "AVCDecoderConfigurationRecord",
                "NAL lengths are not 4 bytes; set the encoder to 4-byte lengths");
  const int sps_count = in.u8() & 31;
  ByteView first;
  for (int i = 0; i < sps_count && in.ok(); ++i) {
    const ByteView sps = in.take(in.u16());
    if (i == 0) first = sps;
  }
  const int pps_count = in.u8();
  for (int i = 0; i < pps_count && in.ok(); ++i) in.take(in.u16());
  if (!in.ok()) return broken("AVCDecoderConfigurationRecord", "it ends too early");
  if (sps_count == 0 || pps_count == 0 || first.size() < 4)
    return broken("AVCDecoderConfigurationRecord", "it holds no parameter sets");
  return read_sps(first, format);
}

}  // namespace rostrum::codec
