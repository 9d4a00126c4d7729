// Segments and their parts, as the packager makes them and the shelf keeps them.
#pragma once

#include <cstdint>
#include <vector>

#include <rostrum/bytes.hpp>

#include "llhls/ticks.hpp"

namespace rostrum::llhls {

struct Part {
  Bytes body;  // moof and mdat; empty for a gap
  Duration duration{};
  bool independent = false;  // starts with a sync sample
  bool gap = false;          // EXT-X-PART GAP=YES: nothing to be had
};

struct Segment {
  std::int64_t msn = 0;
  UtcTime utc;                       // of its first sample's presentation
  std::int64_t discontinuities = 0;  // of the stream up to and with its start
  bool discontinuity = false;
  int init = 0;  // which init segment it needs
  std::vector<Part> parts;
  Duration duration{};  // of its parts
  bool gap = false;     // one of its parts is a gap
  bool complete = false;
  /// Nothing in it needs what was before it.
  [[nodiscard]] bool independent() const { return parts.empty() || parts.front().independent || parts.front().gap; }
  Duration listed{};  // when it first stood in the playlist as a whole (monotonic)
};

/// What a packager gives. Calls come in the order of media time: format, open, part..., close, open, ...
class PartSink {
 public:
  virtual ~PartSink() = default;
  /// What follows needs this init segment; gives its number. While the open segment has nothing but gaps, it is that segment's
  /// too.
  virtual int format(const FormatPtr&) = 0;
  virtual void open(Segment) = 0;
  virtual void part(Part) = 0;
  virtual void close() = 0;
};

}  // namespace rostrum::llhls
