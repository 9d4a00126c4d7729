#include "rtmp/obu.hpp"

namespace rostrum::rtmp {
namespace {

enum ObuType : unsigned { sequence_header = 1, temporal_delimiter = 2, frame_header = 3, frame = 6 };

// AV1 4.10.5.
std::uint64_t leb128(Reader& in) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) {
    const std::uint64_t byte = in.u8();
    value |= (byte & 0x7f) << (7 * i);
    if ((byte & 0x80) == 0) return value;
  }
  in.fail();
  return 0;
}

// AV1 5.9.2: show_existing_frame, then frame_type, of which 0 is KEY_FRAME.
bool begins_key_frame(ByteView payload) {
  return !payload.empty() && std::to_integer<unsigned>(payload[0]) >> 5 == 0;
}

}  // namespace

Result<TemporalUnit> read_temporal_unit(const Bytes& data) {
  TemporalUnit unit;
  Writer kept;
  std::size_t leading = 0;  // bytes of temporal delimiters in front
  bool inner = false;       // a delimiter stands elsewhere
  bool header_seen = false;
  for (int pass = 0; pass < 2; ++pass) {
    Reader in(data);
    while (in.left() > 0) {
      const std::size_t begin = in.at();
      const unsigned head = in.u8();
      const unsigned type = head >> 3 & 0x0f;
      if ((head & 0x80) != 0) in.fail();  // obu_forbidden_bit
      if ((head & 4) != 0) in.skip(1);
      const std::uint64_t size = (head & 2) != 0 ? leb128(in) : in.left();
      const ByteView payload = in.take(size);
      if (!in.ok()) return fail(Errc::bad_syntax, "", "an AV1 OBU passes the frame's end");
      if (type == temporal_delimiter) {
        if (begin == leading)
          leading = in.at();
        else
          inner = true;
        continue;
      }
      if (type == sequence_header) unit.sequence = payload;
      if (!header_seen && (type == frame || type == frame_header)) {
        header_seen = true;
        unit.keyframe = begins_key_frame(payload);
      }
      if (pass == 1) kept.bytes(data.view().subspan(begin, in.at() - begin));
    }
    if (!inner) {
      unit.data = data.slice(leading);
      return unit;
    }
  }
  unit.data = Bytes(kept.take());
  return unit;
}

}  // namespace rostrum::rtmp
