// Maps a publisher's own clock to the stream's media time.
#pragma once

#include <array>

#include <rostrum/media.hpp>

#include "engine/frame_clock.hpp"

namespace rostrum::engine {

/// Lives as long as the stream; each publication begins anew. Media time starts at the UTC of the first frame, never runs back,
/// and stays in step with the wall clock over reconnects. Where the publisher's time does not continue (a jump back, or ahead of
/// what the clock on the wall says, audio and video on different bases) it is re-based, and the first frame of each track after
/// that carries `discontinuity`. A 32-bit wrap of the publisher's timestamps is no jump. Stream thread only.
class Normaliser {
 public:
  /// A publisher came (back). `quantum`: the resolution of its timestamps.
  void begin(Duration quantum);
  /// What the publisher says of its video's rate, where the configuration says nothing.
  void announce(Rational frame_rate) { announced_ = frame_rate; }

  struct Arrival {
    Duration monotonic;  // when the frame came in
    MediaTime expected;  // the media time that this instant falls on: Timeline::media, or UTC before the first frame
  };
  /// The frame with media times, a duration where the rate is known, and a format that knows the announced rate.
  [[nodiscard]] Frame map(Frame, const Arrival&);
  /// Time was re-based by the last map(): the timeline has to lock anew.
  [[nodiscard]] bool rebased() const { return rebased_; }
  /// The end of all that was mapped.
  [[nodiscard]] MediaTime end() const { return end_; }

 private:
  struct Line {  // one track's time line
    bool seen = false;
    Duration base{};  // media = raw + base
    MediaTime raw{};  // the last frame: as sent,
    MediaTime dts{};  // as mapped,
    Duration at{};    // and when it came
    Duration step{};  // from the frame before it
    Duration late_since{};
    FormatPtr sent, format;
    FrameClock clock;
  };
  [[nodiscard]] MediaTime continued(const Line&, Duration now) const;
  bool place_first(Line&, const Line& other, const Frame&, const Arrival&);
  bool place_next(Line&, const Line& other, const Frame&, const Arrival&);
  void take_format(Line&, Frame&);

  std::array<Line, 2> lines_;
  Duration quantum_{};
  Rational announced_;
  MediaTime end_{};
  bool ever_ = false;      // a frame was mapped
  bool returned_ = false;  // one was before this publication began
  bool rebased_ = false;
};

}  // namespace rostrum::engine
