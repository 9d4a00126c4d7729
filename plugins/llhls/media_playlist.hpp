// A rendition's playlist as text (rfc8216bis 4).
#pragma once

#include <string>
#include <vector>

#include "llhls/shelf.hpp"

namespace rostrum::llhls {

/// What RENDITION-REPORT says about another rendition of the stream.
struct Report {
  std::string label;
  std::int64_t msn = 0;
  std::int64_t part = 0;
};

struct PlaylistFacts {
  std::string token;  // of the stream's incarnation, in every media URI
  Duration target;    // TARGETDURATION, whole seconds
  Duration part_target;
  Duration hold_back;  // PART-HOLD-BACK
  std::vector<Report> reports;
  bool ended = false;
  bool next_in_new_segment = false;  // PRELOAD-HINT: the open segment is probably full
};

/// `skip`: a delta update. The same text as the full one where nothing is old enough to be skipped. Pure.
std::string media_playlist(const Shelf&, const PlaylistFacts&, bool skip = false);

/// "2026-11-21T10:15:02.123Z"
std::string date_text(UtcTime);

}  // namespace rostrum::llhls
