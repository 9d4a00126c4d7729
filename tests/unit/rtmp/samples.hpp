// Real configuration records and parameter sets, and NAL units around them.
#pragma once

#include <rostrum/bytes.hpp>

#include "rtmp/flv_tag.hpp"

namespace rostrum::rtmp::test {

inline Bytes from_hex(std::string_view hex) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return Bytes(std::move(out));
}

// x264, High profile, 320x180 and 640x360 at 25 fps; x265, Main profile, the same sizes.
inline constexpr std::string_view avc_180p =
    "0164000cffe1001a6764000cacd941419f9f011000000300100000030320f142996001000668ebe3cb22c0fdf8f800";
inline constexpr std::string_view avc_sps_180p = "6764000cacd941419f9f011000000300100000030320f1429960";
inline constexpr std::string_view avc_sps_360p = "6764001eacd940a02ff97011000003000100000300320f162d96";
inline constexpr std::string_view avc_pps = "68ebe3cb22c0";
inline constexpr std::string_view hevc_180p =
    "0101600000009000000000003cf000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003003c959809a10001002b42010101"
    "600000030090000003000003003ca00a080b9f796566924caf016808000003000800000300c840a2000100074401c172b46240";
inline constexpr std::string_view hevc_vps_180p = "40010c01ffff01600000030090000003000003003c959809";
inline constexpr std::string_view hevc_sps_180p =
    "42010101600000030090000003000003003ca00a080b9f796566924caf016808000003000800000300c840";
inline constexpr std::string_view hevc_vps_360p = "40010c01ffff01600000030090000003000003003f959809";
inline constexpr std::string_view hevc_sps_360p =
    "42010101600000030090000003000003003fa00502016965959a4932bc05a02000000300200000030321";
inline constexpr std::string_view hevc_pps = "4401c172b46240";
inline constexpr std::string_view av1_180p = "81000c000a0b000000043cfeccdaf90040";
inline constexpr std::string_view aac_stereo = "121056e500";

/// NAL units, each behind its 4-byte length.
inline std::vector<std::byte> nals(std::initializer_list<std::string_view> hex) {
  Writer out;
  for (const std::string_view one : hex) {
    const Bytes nal = from_hex(one);
    out.u32(nal.size()).bytes(nal);
  }
  return out.take();
}

inline std::vector<std::byte> joined(std::string_view hex, ByteView rest = {}) {
  Writer out;
  return out.bytes(from_hex(hex)).bytes(rest).take();
}

inline constexpr std::string_view idr = "65888400aabbcc";
inline constexpr std::string_view slice = "419a2211";

}  // namespace rostrum::rtmp::test
