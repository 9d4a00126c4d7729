// What AV1 and VP9 say about themselves in the stream, for publishers that change it without a new sequence start.
#pragma once

#include <optional>

#include <rostrum/bytes.hpp>
#include <rostrum/error.hpp>
#include <rostrum/kind.hpp>

namespace rostrum::rtmp {

/// AV1CodecConfigurationRecord (AV1 in ISOBMFF 2.3) for a sequence header OBU's payload. Fails with Errc::bad_syntax.
Result<Bytes> av1_record(ByteView sequence_header);

struct Vp9Header {
  bool keyframe = false;
  Size size;  // of a key frame; 0x0 where it cannot be read
};
/// A frame's uncompressed header (VP9 6.2).
Vp9Header read_vp9_header(ByteView frame);

}  // namespace rostrum::rtmp
