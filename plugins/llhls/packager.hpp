// One rendition's frames become parts and segments.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include <rostrum/node.hpp>

#include "llhls/cut_list.hpp"
#include "llhls/frame_interval.hpp"
#include "llhls/part_body.hpp"
#include "llhls/part_target.hpp"
#include "llhls/segment.hpp"

namespace rostrum::llhls {

struct PackagerOptions {
  Duration part{};
  bool prft = false;                                  // a producer reference time in front of each part
  std::function<UtcTime(const Cut&, MediaTime)> utc;  // of a segment that starts with the cut
  std::int64_t first_msn = 0;                         // it has no segment before: caches keep those of one with its name
};

/// Holds no frame: a part leaves with its last frame, whose duration is predicted and corrected in the next sample. Decode times
/// neither step back nor leave gaps inside a period; what the source leaves out becomes gap parts. Stream thread only.
class Packager {
 public:
  Packager(Track, PackagerOptions, const CutList&, PartSink&);

  /// `gated`: frames wait until no mark can come before them any more (audio beside video; see horizon).
  void frame(const FramePtr&, bool gated);
  void horizon(MediaTime t);
  /// All that is older than `t` should be here by now: what is not is lost and becomes gap parts.
  void pace(MediaTime t);
  /// The publisher is gone: what has come goes out, and the segment ends. Frames count again from the next cut on.
  void pause();
  void end();

  /// The stream must cut at `t` as at a discontinuity: this rendition's format changed by itself.
  std::function<void(MediaTime t)> on_break;
  /// The stream should do so: this rendition may begin, but not in the open segment.
  std::function<void(MediaTime t)> on_late_start;

  /// Once its first segment is open. `msn` is the open segment's.
  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] std::int64_t msn() const { return msn_; }
  /// Fixed with the first part; until then the best guess. In ticks of `timescale`.
  [[nodiscard]] PartTarget target() const { return fixed_ ? *fixed_ : guess(); }
  /// PART-TARGET as time, never shorter than a part.
  [[nodiscard]] Duration target_time() const;
  /// From now on no target may be longer: PART-HOLD-BACK stands. Without effect once the target is fixed.
  void cap_target(Duration most) { most_ = most; }
  [[nodiscard]] std::uint32_t timescale() const { return clock_.timescale(); }
  [[nodiscard]] double frame_rate() const;
  /// The next part probably starts a new segment.
  [[nodiscard]] bool fills_segment() const;
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  void release();
  void place(const Frame&);
  void place_video(const Frame&);
  void place_audio(const Frame&);
  void bridge(Ticks error, Ticks step);
  void sound(const Bytes& data, Ticks duration, Ticks step);
  bool start(const Frame&);
  void pass_cuts(const Frame&);
  [[nodiscard]] bool reaches(const Cut&, const Frame&) const;
  [[nodiscard]] bool heads_period(const Cut& next, const Frame&) const;
  [[nodiscard]] MediaTime shown(const Frame&) const;
  void open(const Cut&);
  void close_segment();
  void advance(Ticks to, Ticks allowance);
  void gap(Ticks length);
  void push(Sample);
  void close_part();
  void take_format(const Frame&);
  [[nodiscard]] PartTarget guess() const;
  [[nodiscard]] Ticks frame_ticks(const Frame&) const;
  [[nodiscard]] Ticks slack() const;
  [[nodiscard]] Ticks least(Ticks target) const { return (target * 85 + 99) / 100; }

  Track track_;
  PackagerOptions options_;
  const CutList& cuts_;
  PartSink& out_;

  FormatPtr format_;
  int init_ = 0;
  TickClock clock_;
  FrameInterval interval_;
  Duration opus_frame_{};  // audio whose format does not say its frame's length
  std::optional<PartTarget> fixed_;
  Duration most_{};

  bool started_ = false;
  std::int64_t msn_ = 0;
  std::size_t parts_ = 0;        // in the open segment
  bool only_gaps_ = true;        // the open segment has no media yet
  bool closed_ = false;          // it was closed before its cut
  Duration lead_{};              // pts less dts of the frames that start segments
  Duration first_lead_{};        // of the period's first frame
  Ticks end_ = 0;                // decode time that is filled
  std::vector<Sample> samples_;  // of the open part
  Ticks part_ = 0;               // its length
  std::size_t part_bytes_ = 0;
  std::uint32_t sequence_ = 0;
  Bytes repeatable_;     // the newest audio frame
  int late_frames_ = 0;  // of audio, in a row
  Ticks late_by_ = 0;    // the least of them

  std::optional<Ticks> lost_until_;  // gap parts were given out up to here; what comes late is dropped
  bool need_keyframe_ = false;
  std::uint64_t dropped_ = 0;

  std::deque<FramePtr> waiting_;
  MediaTime horizon_ = MediaTime::min();
};

}  // namespace rostrum::llhls
