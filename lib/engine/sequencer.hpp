// Puts a stream's marks, frames and horizon in the order that sinks are promised.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include <rostrum/media.hpp>

namespace rostrum::engine {

/// Where a sequencer's output goes: the graph behind the publisher.
class Downstream {
 public:
  virtual ~Downstream() = default;
  virtual void mark(const Mark&) = 0;
  virtual void frame(FramePtr) = 0;
  virtual void horizon(MediaTime) = 0;
};

/// Makes the marks: one at every video keyframe; at source frames in between where the source's GOP is longer than `interval`;
/// on audio frames where there is no video, or where it has been more than 1 s behind (up to 12 s, where its keyframes show that
/// it comes so late and comes all the same). Audio that comes ahead of the video waits until no mark can come before it. Stream
/// thread only.
class Sequencer {
 public:
  /// `interval`: the shortest `keyframes` of the stream's encoders; nothing where there is none: no marks without a keyframe
  /// then.
  Sequencer(std::optional<Duration> interval, Downstream& out);
  /// A publication's frames follow; has it video?
  void begin(bool video);
  void frame(const FramePtr&);
  /// The publication is over: what waits goes out.
  void flush();
  /// Video frames left out before a first keyframe since this was asked last.
  [[nodiscard]] std::uint64_t take_dropped() { return std::exchange(dropped_, 0); }

 private:
  void video(const FramePtr&);
  void audio(const FramePtr&);
  void release(MediaTime before);
  void drive(const FramePtr&);  // audio alone moves time on
  void mark(MediaTime, bool source_keyframe);
  void advance(MediaTime);
  [[nodiscard]] bool due(MediaTime, Duration interval) const;

  std::optional<Duration> interval_;
  Downstream& out_;
  bool has_video_ = false;
  bool open_ = false;    // this publication's first keyframe has passed
  bool fresh_ = true;    // the next mark is the publication's first
  bool broken_ = false;  // the next mark carries a discontinuity
  FormatPtr format_;     // of the video
  std::optional<MediaTime> last_mark_;
  std::optional<MediaTime> horizon_;
  MediaTime shown_ = MediaTime::min();  // the highest PTS of the video so far
  MediaTime video_at_ = MediaTime::min();
  MediaTime heard_ = MediaTime::min();  // the newest audio
  std::deque<FramePtr> waiting_;        // audio
  Duration patience_;                   // how long it waits for the video
  std::uint64_t dropped_ = 0;
};

}  // namespace rostrum::engine
