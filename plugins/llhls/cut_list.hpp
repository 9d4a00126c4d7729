// Where all renditions of a stream cut their segments: one list for all of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

#include <rostrum/media.hpp>

namespace rostrum::llhls {

enum class LongGop : std::uint8_t { cut, refuse };

/// The start of a segment.
struct Cut {
  std::int64_t msn = 0;
  MediaTime at{};
  std::int64_t discontinuities = 0;  // of the stream up to and with this cut
  bool discontinuity = false;
  bool keyframe = true;         // re-encoded renditions have a random access point here
  bool source_keyframe = true;  // and so has the one that is passed through
};

/// Decides at marks, as they come, since live there is no looking ahead: a segment ends at the last mark that is not beyond
/// `segment`, where the next mark is expected as far off as the farthest of the recent ones. A segment that finds no mark in time
/// is cut without a keyframe. Only the stream's first segment ends early, at the first mark that is `first` or more after its
/// start: players that begin with a whole segment (hls.js) have one soon. Stream thread only.
class CutList {
 public:
  CutList(Duration segment, Duration first, LongGop long_gop) : segment_(segment), first_(first), long_gop_(long_gop) {}

  /// `prefer_source`: one of the renditions is passed through, so marks where the source has a keyframe go first. `first_msn`
  /// counts with the first mark only.
  void mark(const Mark&, bool prefer_source, std::int64_t first_msn);
  /// So late is no keyframe that was due with the segment's end; what lies between was a pause.
  [[nodiscard]] bool overdue(MediaTime t) const {
    return !cuts_.empty() && t - cuts_.back().at > segment_ + std::max<Duration>(segment_ / 100, patience());
  }
  /// No mark comes any more before `t`. True when a cut without a keyframe was made (once for each).
  bool horizon(MediaTime t);
  /// Cuts at `t` as at a discontinuity that no mark announced (a rendition changed its format by itself).
  void break_at(MediaTime t);

  /// nullptr: not made yet, or dropped by `forget`.
  [[nodiscard]] const Cut* find(std::int64_t msn) const;
  [[nodiscard]] const Cut* last() const { return cuts_.empty() ? nullptr : &cuts_.back(); }
  /// The cut that `t` belongs to; nullptr before the first.
  [[nodiscard]] const Cut* covering(MediaTime t) const;
  /// Where the next cut is to be expected, if the recent marks keep their distance.
  [[nodiscard]] std::optional<MediaTime> expected() const;
  /// `long_gop: refuse` and no mark came in time: the stream is not packaged any further.
  [[nodiscard]] bool refused() const { return refused_; }
  /// Drops cuts before `msn`: every rendition has passed them.
  void forget(std::int64_t msn);

 private:
  /// The farthest of the last few distances between marks.
  struct Spacing {
    std::deque<Duration> recent;
    std::optional<MediaTime> last;
    void add(MediaTime t);
    [[nodiscard]] Duration expected() const;
  };
  // 29.97 fps with a keyframe every 60 frames makes a "6 s" segment 6.006 s; EXTINF still rounds to the target duration.
  [[nodiscard]] Duration limit() const { return segment_ + segment_ / 100; }
  // A keyframe that is due where the segment ends may be this late, and EXTINF still rounds to the target duration.
  [[nodiscard]] Duration patience() const { return std::min<Duration>(segment_ / 10, std::chrono::milliseconds(400)); }
  [[nodiscard]] bool awaits_mark(MediaTime start) const;
  [[nodiscard]] bool ends_segment(const Mark&, bool prefer_source) const;
  void cut(MediaTime at, bool discontinuity, bool keyframe, bool source_keyframe);

  Duration segment_;
  Duration first_;
  LongGop long_gop_;
  std::deque<Cut> cuts_;
  Spacing all_;
  Spacing source_;
  bool begun_ = false;  // the first segment is over
  bool refused_ = false;
};

}  // namespace rostrum::llhls
