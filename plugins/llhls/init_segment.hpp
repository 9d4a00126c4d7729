// The init segment: what a decoder has to know, as ISO BMFF (CMAF header).
#pragma once

#include <cstdint>

#include <rostrum/media.hpp>

namespace rostrum::llhls {

/// Ticks a second of a rendition's media time line: 90,000 for video, the sample rate for audio, so that a frame's duration is
/// a whole number for every usual rate.
std::uint32_t timescale_of(const Format&);

/// ftyp and moov with one track and no samples. Pure. Fails with Errc::unsupported for a codec that CMAF does not carry here
/// (VP8, VP9, MP3) and with Errc::bad_syntax for a format without its configuration record.
Result<Bytes> make_init_segment(const Format&);

}  // namespace rostrum::llhls
