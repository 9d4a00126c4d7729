// A player's view of one rendition: its playlist read line by line, its parts fetched and proved continuous.
#pragma once

#include <string>
#include <vector>

#include "boxes.hpp"
#include "rig.hpp"

namespace rig {

struct ListedPart {
  std::string uri;
  double duration = 0;
  bool independent = false;
  bool gap = false;
};
struct ListedSegment {
  std::int64_t msn = 0;
  std::string uri;  // "" for the open one
  std::string map;
  std::string date;
  double duration = 0;
  bool gap = false;
  bool discontinuity = false;
  std::vector<ListedPart> parts;
};
struct Listing {
  std::int64_t first_msn = 0;
  std::int64_t discontinuity_sequence = 0;
  double part_target = 0;
  double hold_back = 0;
  int target = 0;
  int skipped = 0;
  bool ended = false;
  bool independent = false;
  std::string hint;
  std::vector<std::string> reports;
  std::vector<ListedSegment> segments;
  [[nodiscard]] double complete_time() const;
};
/// A PROGRAM-DATE-TIME, since the day's start.
Duration time_of_date(const std::string& date);
Listing read_playlist(const std::string& text);

/// Follows a rendition through the whole of a test. Throws std::runtime_error with the first broken promise.
class Viewer {
 public:
  Viewer(Stage& stage, std::string label) : stage_(stage), label_(std::move(label)) {}
  /// Fetches the present playlist and what is new in it. Checks: part durations against PART-TARGET and the 85 % rule, tfdt
  /// against what came before, playlist durations against trun, INDEPENDENT against the first sample, a segment against its
  /// parts, constancy of all that has to be constant.
  const Listing& look();
  [[nodiscard]] const Listing& listing() const { return listing_; }
  /// Every fragment so far, in order.
  std::vector<boxes::Fragment> fragments;
  std::int64_t timescale = 90'000;
  /// How far a segment's date may be off the one before plus EXTINF: dates are milliseconds, and slewed by 2 ms a second.
  Duration date_tolerance = 14ms;

 private:
  void check_head(const Listing&);
  void check_delta();
  void check_dates();
  void check_part(const ListedSegment&, std::size_t index);

  Stage& stage_;
  std::string label_;
  Listing listing_;
  bool first_ = true;
  std::int64_t next_msn_ = 0;
  std::size_t next_part_ = 0;
  std::int64_t end_ = -1;  // decode time that the next part has to start at; -1 = unknown
  bool after_gap_ = false;
};

}  // namespace rig
