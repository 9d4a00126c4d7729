// One frame of H.264 or HEVC, as length-prefixed NAL units (ISO 14496-15 4.3.3).
#pragma once

#include <vector>

#include <rostrum/bytes.hpp>
#include <rostrum/error.hpp>
#include <rostrum/media.hpp>

namespace rostrum::rtmp {

enum class NalClass : std::uint8_t { other, slice, random_access, sei, vps, sps, pps };
/// The class of a NAL unit that is not empty.
NalClass class_of(Codec, ByteView nal);

/// Calls `each(nal)` for every NAL unit that is not empty. Fails with Errc::bad_syntax where the lengths do not add up.
template <class F>
Result<void> each_nal(ByteView data, unsigned length_size, F each) {
  Reader in(data);
  while (in.left() > 0) {
    const std::size_t left = in.left();
    const std::size_t size = length_size == 1 ? in.u8() : length_size == 2 ? in.u16() : in.u32();
    const ByteView nal = in.take(size);
    if (!in.ok())
      return fail(Errc::bad_syntax, "",
                  "a NAL unit of " + std::to_string(size) + " bytes where " + std::to_string(left) + " are left");
    if (!nal.empty()) each(nal);
  }
  return {};
}

/// What the NAL units of a frame say; views into it.
struct AccessUnit {
  bool random_access = false;  // an IDR (HEVC: IRAP) picture, or H.264's recovery point that recovers at once
  bool picture = false;        // there is a slice
  std::vector<ByteView> vps, sps, pps;
  [[nodiscard]] bool parameter_sets() const { return !vps.empty() || !sps.empty() || !pps.empty(); }
};
/// No encoder sends more parameter sets of one kind in a frame: ids end at 255 (PPS), 31 (SPS) and 15 (VPS). Each is compared
/// with those that are known, so without a bound a frame full of them would hold the thread for hours.
inline constexpr std::size_t max_frame_sets = 256;
/// Fails with Errc::bad_syntax, and with Errc::limit for more than max_frame_sets.
Result<AccessUnit> read_access_unit(Codec, ByteView data, unsigned length_size);

/// The frame without parameter sets: they stand in the format, and "avc1" and "hvc1" allow them only there (8.3.3, 5.4.2.1).
Bytes without_parameter_sets(Codec, ByteView data, unsigned length_size);

}  // namespace rostrum::rtmp
