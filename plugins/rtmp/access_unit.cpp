#include "rtmp/access_unit.hpp"

#include <rostrum/bits.hpp>

namespace rostrum::rtmp {
namespace {

// ISO 14496-10 table 7-1.
NalClass avc_class(unsigned type) {
  switch (type) {
    case 1:
    case 2:
      return NalClass::slice;
    case 5:
      return NalClass::random_access;
    case 6:
      return NalClass::sei;
    case 7:
      return NalClass::sps;
    case 8:
      return NalClass::pps;
    default:
      return NalClass::other;
  }
}

// ISO 23008-2 table 7-1; 16 to 21 are the IRAP pictures.
NalClass hevc_class(unsigned type) {
  if (type <= 15) return NalClass::slice;
  if (type <= 21) return NalClass::random_access;
  switch (type) {
    case 32:
      return NalClass::vps;
    case 33:
      return NalClass::sps;
    case 34:
      return NalClass::pps;
    case 39:
      return NalClass::sei;
    default:
      return NalClass::other;
  }
}

// ISO 14496-10 D.1.8: recovery_frame_cnt 0 makes the picture as good an entry as an IDR (x264's open GOP).
bool recovers_at_once(ByteView nal) {
  constexpr unsigned recovery_point = 6;
  BitReader in(nal.subspan(1), BitReader::Escapes::nal);
  const auto sum_of_bytes = [&] {
    unsigned value = 0;
    for (unsigned byte = 255; byte == 255 && in.ok();) value += byte = in.bits(8);
    return value;
  };
  while (in.ok()) {
    const unsigned type = sum_of_bytes();
    const unsigned size = sum_of_bytes();
    if (in.ok() && type == recovery_point) return in.ue() == 0 && in.ok();
    if (type == 128) return false;  // rbsp_trailing_bits
    in.skip(size * 8);
  }
  return false;
}

}  // namespace

NalClass class_of(Codec codec, ByteView nal) {
  const auto first = std::to_integer<unsigned>(nal[0]);
  return codec == Codec::h264 ? avc_class(first & 0x1f) : hevc_class(first >> 1 & 0x3f);
}

Result<AccessUnit> read_access_unit(Codec codec, ByteView data, unsigned length_size) {
  AccessUnit unit;
  bool recovery = false;
  bool too_many = false;
  const auto keep = [&](std::vector<ByteView>& sets, ByteView one) {
    too_many = too_many || sets.size() == max_frame_sets;
    if (!too_many) sets.push_back(one);
  };
  auto walked = each_nal(data, length_size, [&](ByteView nal) {
    switch (class_of(codec, nal)) {
      case NalClass::random_access:
        unit.random_access = true;
        unit.picture = true;
        break;
      case NalClass::slice:
        unit.picture = true;
        break;
      case NalClass::sei:
        recovery = recovery || (codec == Codec::h264 && recovers_at_once(nal));
        break;
      case NalClass::vps:
        keep(unit.vps, nal);
        break;
      case NalClass::sps:
        keep(unit.sps, nal);
        break;
      case NalClass::pps:
        keep(unit.pps, nal);
        break;
      case NalClass::other:
        break;
    }
  });
  if (!walked) return tl::unexpected(walked.error());
  if (too_many) return fail(Errc::limit, "", "more than " + std::to_string(max_frame_sets) + " parameter sets of a kind");
  unit.random_access = unit.random_access || (recovery && unit.picture);
  return unit;
}

Bytes without_parameter_sets(Codec codec, ByteView data, unsigned length_size) {
  Writer out;
  out.reserve(data.size());
  // The lengths were checked when the access unit was read.
  static_cast<void>(each_nal(data, length_size, [&](ByteView nal) {
    const NalClass kind = class_of(codec, nal);
    if (kind == NalClass::vps || kind == NalClass::sps || kind == NalClass::pps) return;
    if (length_size == 1)
      out.u8(nal.size());
    else if (length_size == 2)
      out.u16(nal.size());
    else
      out.u32(nal.size());
    out.bytes(nal);
  }));
  return Bytes(out.take());
}

}  // namespace rostrum::rtmp
