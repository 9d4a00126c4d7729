#include "rtmp/sequence_header.hpp"

#include <rostrum/bits.hpp>

namespace rostrum::rtmp {
namespace {

// AV1 4.10.3.
void skip_uvlc(BitReader& in) {
  unsigned zeros = 0;
  while (in.ok() && !in.flag()) ++zeros;
  if (zeros < 32) in.skip(zeros);
}

struct Sequence {
  unsigned profile = 0, level = 0, tier = 0;
  bool high_depth = false, twelve_bits = false, monochrome = false;
  unsigned subsampling_x = 1, subsampling_y = 1, sample_position = 0;
};

// AV1 5.5.1, from the timing information to the operating points.
void read_operating_points(BitReader& in, Sequence& out) {
  bool decoder_model = false;
  unsigned delay_bits = 0;
  if (in.flag()) {  // timing_info
    in.skip(32 + 32);
    if (in.flag()) skip_uvlc(in);
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
    const unsigned tier = level > 7 ? in.bit() : 0;
    if (i == 0) out.level = level, out.tier = tier;
    if (decoder_model && in.flag()) in.skip(2 * delay_bits + 1);
    if (display_delay && in.flag()) in.skip(4);
  }
}

// The tools between the picture's size and its colours.
void skip_tools(BitReader& in, bool reduced) {
  in.skip(3);  // superblock size, filter_intra, intra_edge_filter
  if (!reduced) {
    in.skip(4);  // interintra, masked compound, warped motion, dual filter
    const bool order_hint = in.flag();
    if (order_hint) in.skip(2);
    const bool screen_content = in.flag() || in.flag();  // chosen by each frame, or forced on
    if (screen_content && !in.flag()) in.skip(1);        // integer motion vectors, forced
    if (order_hint) in.skip(3);
  }
  in.skip(3);  // superres, cdef, restoration
}

// 5.5.2
void read_colours(BitReader& in, Sequence& out) {
  constexpr unsigned unspecified = 2, bt709 = 1, srgb = 13, identity = 0;
  out.high_depth = in.flag();
  out.twelve_bits = out.profile == 2 && out.high_depth && in.flag();
  out.monochrome = out.profile != 1 && in.flag();
  unsigned primaries = unspecified, transfer = unspecified, matrix = unspecified;
  if (in.flag()) primaries = in.bits(8), transfer = in.bits(8), matrix = in.bits(8);
  if (out.monochrome) return in.skip(1);  // color_range
  if (primaries == bt709 && transfer == srgb && matrix == identity) {
    out.subsampling_x = out.subsampling_y = 0;
    return;
  }
  in.skip(1);  // color_range
  if (out.profile == 1) {
    out.subsampling_x = out.subsampling_y = 0;
  } else if (out.profile == 2) {
    out.subsampling_x = out.twelve_bits ? in.bit() : 1;
    out.subsampling_y = out.twelve_bits && out.subsampling_x != 0 ? in.bit() : 0;
  }
  if (out.subsampling_x != 0 && out.subsampling_y != 0) out.sample_position = in.bits(2);
}

void write_leb128(Writer& out, std::size_t value) {
  for (; value > 0x7f; value >>= 7) out.u8(0x80 | (value & 0x7f));
  out.u8(value);
}

}  // namespace

Result<Bytes> av1_record(ByteView sequence_header) {
  BitReader in(sequence_header);
  Sequence sequence;
  sequence.profile = in.bits(3);
  in.skip(1);  // still_picture
  const bool reduced = in.flag();
  if (reduced)
    sequence.level = in.bits(5);
  else
    read_operating_points(in, sequence);
  const unsigned width_bits = in.bits(4) + 1;
  const unsigned height_bits = in.bits(4) + 1;
  in.skip(width_bits + height_bits);
  if (!reduced && in.flag()) in.skip(4 + 3);  // frame ids
  skip_tools(in, reduced);
  read_colours(in, sequence);
  if (!in.ok() || sequence.profile > 2) return fail(Errc::bad_syntax, "AV1", "the sequence header is broken");
  Writer out;
  out.u8(0x81).u8(sequence.profile << 5 | sequence.level);
  out.u8(sequence.tier << 7 | unsigned{sequence.high_depth} << 6 | unsigned{sequence.twelve_bits} << 5 |
         unsigned{sequence.monochrome} << 4 | sequence.subsampling_x << 3 | sequence.subsampling_y << 2 |
         sequence.sample_position);
  out.u8(0);     // no initial presentation delay
  out.u8(0x0a);  // OBU_SEQUENCE_HEADER with a size
  write_leb128(out, sequence_header.size());
  return Bytes(out.bytes(sequence_header).take());
}

Vp9Header read_vp9_header(ByteView frame) {
  constexpr unsigned sync_code = 0x498342, srgb = 7;
  BitReader in(frame);
  in.skip(2);  // frame_marker
  const unsigned low = in.bit();
  const unsigned profile = low | in.bit() << 1;
  if (profile == 3) in.skip(1);
  Vp9Header header;
  const bool existing = in.flag();
  const bool inter = in.flag();
  header.keyframe = in.ok() && !existing && !inter;
  if (!header.keyframe) return header;
  in.skip(2);  // show_frame, error_resilient_mode
  if (in.bits(24) != sync_code) return header;
  if (profile >= 2) in.skip(1);  // ten or twelve bits
  const bool odd_profile = profile == 1 || profile == 3;
  if (in.bits(3) != srgb)
    in.skip(odd_profile ? 4 : 1);  // range, subsampling
  else if (odd_profile)
    in.skip(1);
  const Size size{static_cast<int>(in.bits(16)) + 1, static_cast<int>(in.bits(16)) + 1};
  if (in.ok()) header.size = size;
  return header;
}

}  // namespace rostrum::rtmp
