// One temporal unit of AV1 in the low-overhead format (AV1 5.2, 5.3).
#pragma once

#include <rostrum/bytes.hpp>
#include <rostrum/error.hpp>

namespace rostrum::rtmp {

struct TemporalUnit {
  Bytes data;             // without temporal delimiters; a slice of what came where they stood in front
  bool keyframe = false;  // its first frame header says KEY_FRAME
  ByteView sequence;      // the payload of its last sequence header, into what was read; empty where it has none
};
/// Fails with Errc::bad_syntax where OBU sizes do not add up.
Result<TemporalUnit> read_temporal_unit(const Bytes& data);

}  // namespace rostrum::rtmp
