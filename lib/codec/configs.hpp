// One reader for each codec's configuration record.
#pragma once

#include <rostrum/media.hpp>

namespace rostrum::codec {

// Each fills `format` from `format.config`. Bounded; fails as described at rostrum::describe.
Result<void> read_avc(Format& format);
Result<void> read_hevc(Format& format);
Result<void> read_av1(Format& format);
Result<void> read_aac(Format& format);
Result<void> read_opus(Format& format);

inline tl::unexpected<Error> broken(std::string_view record, std::string_view why) {
  return fail(Errc::bad_syntax, std::string(record), std::string(why));
}

/// A rate from VUI or sequence-header timing, reduced; what no camera sends (below 1 or above 480 a second) counts as not known.
Rational frame_rate(std::uint64_t ticks_per_second, std::uint64_t ticks_per_frame);

}  // namespace rostrum::codec
