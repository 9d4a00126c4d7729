// The bytes of one part: moof and mdat (a CMAF chunk).
#pragma once

#include <cstdint>
#include <span>

#include <rostrum/media.hpp>

namespace rostrum::llhls {

/// One access unit on the rendition's time line, in its ticks.
struct Sample {
  Bytes data;
  std::uint32_t duration = 0;
  std::int32_t offset = 0;  // presentation less decode time; may be negative (trun version 1)
  bool sync = false;
};

/// `sequence` rises by one a part of the rendition; `decode_time` is the first sample's, 64 bits, since it counts from 1970.
/// `before` stands in front of the moof: prft and emsg boxes. Pure.
Bytes make_part_body(Track, std::uint32_t sequence, std::uint64_t decode_time, std::span<const Sample>, ByteView before = {});

/// Producer reference time (ISO 14496-12 8.16.5): the media at `decode_time` was captured at `utc`.
Bytes make_prft(UtcTime utc, std::uint64_t decode_time);

}  // namespace rostrum::llhls
