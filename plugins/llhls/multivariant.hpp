// The multivariant playlist as text (rfc8216bis 4.4.6).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <rostrum/media.hpp>

namespace rostrum::llhls {

/// A rendition as the multivariant playlist offers it. Rates in bit/s, of the segments.
struct Offer {
  std::string label;
  FormatPtr format;
  std::int64_t peak = 0;
  std::int64_t average = 0;
  double frame_rate = 0;  // 0 = not known
};

/// A variant for each video rendition (with each audio codec), or for each audio rendition where there is no video. Pure.
std::string multivariant_playlist(const std::vector<Offer>&, bool independent);

/// What is promised as BANDWIDTH and AVERAGE-BANDWIDTH for a rendition: `configured` is the encoder's target (0 = not known),
/// the others what was measured so far.
struct Rates {
  std::int64_t peak = 0;
  std::int64_t average = 0;
};
Rates promised(std::int64_t configured, std::int64_t measured_peak, std::int64_t measured_average);

/// `text` with "?session=..." behind each playlist's URI.
std::string with_session(std::string text, std::string_view session);

}  // namespace rostrum::llhls
