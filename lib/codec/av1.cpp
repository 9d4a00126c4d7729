// AV1CodecConfigurationRecord (AV1 in ISOBMFF 2.3) and its sequence header OBU (AV1 5.5).
#include <fmt/core.h>
#include <rostrum/bits.hpp>

#include "codec/configs.hpp"

namespace rostrum::codec {
namespace {

constexpr unsigned sequence_header = 1;

// 4.10.5: at most eight bytes of seven bits.
std::uint64_t leb128(Reader& in) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) {
    const std::uint64_t byte = in.u8();
    value |= (byte & 127) << (7 * i);
    if (!(byte & 128)) return value;
  }
  in.fail();
  return 0;
}

struct Sequence {
  unsigned profile = 0, level = 0, tier = 0, depth = 8;
};

// 4.10.3
std::uint64_t uvlc(BitReader& in) {
  unsigned zeros = 0;
  while (in.ok() && !in.flag()) ++zeros;
  return zeros < 32 ? (std::uint64_t{1} << zeros) - 1 + in.bits(zeros) : UINT32_MAX;
}

Result<void> read_sequence_header(ByteView obu, Format& format, Sequence& out) {
  BitReader in(obu);
  out.profile = in.bits(3);
  in.skip(1);
  if (in.flag()) {  // reduced_still_picture_header
    out.level = in.bits(5);
  } else {
    bool decoder_model = false;
    unsigned delay_bits = 0;
    if (in.flag()) {  // timing_info
      const std::uint64_t units = in.bits(32);
      const std::uint32_t scale = in.bits(32);
      const bool equal_interval = in.flag();
      if (equal_interval) format.frame_rate = frame_rate(scale, units * (uvlc(in) + 1));
      decoder_model = in.flag();
      if (decoder_model) {
        delay_bits = in.bits(5) + 1;
        in.skip(32 + 5 + 5);
      }
    }
    const bool display_delay = in.flag();
    const unsigned points = in.bits(5) + 1;
    for (unsigned i = 0; i < points && in.ok(); ++i) {
      in.skip(12);
      const unsigned level = in.bits(5);
      const unsigned tier = level > 7 ? in.bits(1) : 0;
      if (i == 0) out.level = level, out.tier = tier;
      if (decoder_model && in.flag()) in.skip(2 * delay_bits + 1);
      if (display_delay && in.flag()) in.skip(4);
    }
  }
  const unsigned width_bits = in.bits(4) + 1;
  const unsigned height_bits = in.bits(4) + 1;
  format.width = static_cast<int>(in.bits(width_bits)) + 1;
  format.height = static_cast<int>(in.bits(height_bits)) + 1;
  if (!in.ok()) return broken("AV1 sequence header", "it ends too early");
  if (format.width > 16384 || format.height > 16384) return broken("AV1 sequence header", "its picture size is impossible");
  return {};
}

}  // namespace

Result<void> read_av1(Format& format) {
  Reader in(format.config);
  if (in.u8() != 0x81) return broken("AV1CodecConfigurationRecord", "marker and version are not 0x81");
  Sequence sequence;
  const unsigned second = in.u8();
  sequence.profile = second >> 5;
  sequence.level = second & 31;
  const unsigned third = in.u8();
  sequence.tier = third >> 7;
  sequence.depth = !(third & 0x40) ? 8 : third & 0x20 ? 12 : 10;
  in.skip(1);
  if (!in.ok()) return broken("AV1CodecConfigurationRecord", "it ends too early");
  bool found = false;
  while (in.ok() && in.left() > 0 && !found) {
    const unsigned header = in.u8();
    if (header & 4) in.skip(1);
    const std::uint64_t size = header & 2 ? leb128(in) : in.left();
    const ByteView obu = in.take(size);
    if (in.ok() && (header >> 3 & 15) == sequence_header) {
      const unsigned depth = sequence.depth;
      if (auto read = read_sequence_header(obu, format, sequence); !read) return read;
      sequence.depth = depth;
      found = true;
    }
  }
  if (!found) return broken("AV1CodecConfigurationRecord", "it holds no sequence header");
  format.rfc6381 =
      fmt::format("av01.{}.{:02}{}.{:02}", sequence.profile, sequence.level, sequence.tier ? 'H' : 'M', sequence.depth);
  return {};
}

}  // namespace rostrum::codec
