// Undoes the rounding of a publisher's timestamps.
#pragma once

#include <rostrum/media.hpp>

namespace rostrum::engine {

/// RTMP counts whole milliseconds, so 29.97 fps comes as 33, 33, 34 ms. A frame's true time lies within one quantum of its
/// timestamp; the clock predicts it from the frames before on the grid of the track's rate, in exact fractions, and keeps the
/// prediction as long as it lies within that bound. So a constant rate comes out without jitter or drift, and a variable rate
/// comes out as it was sent, within the quantum. One track; one thread.
class FrameClock {
 public:
  FrameClock() = default;
  explicit FrameClock(Duration quantum) : quantum_(quantum) {}
  /// Frames follow at `rate` a second (video) or one a `rate.den / rate.num` s (audio: sample rate / samples). 0/1: not known.
  void set_rate(Rational rate, bool audio);
  /// Time jumped: predict nothing from before.
  void restart() { started_ = false; }

  struct Stamp {
    MediaTime dts;
    MediaTime pts;
    Duration duration;  // until the next frame; 0 = not known (no rate, or the frames do not keep to it)
  };
  /// `dts` rises strictly from call to call unless restart() came between.
  Stamp stamp(MediaTime dts, MediaTime pts);

 private:
  [[nodiscard]] Duration grid(std::int64_t frames) const;
  [[nodiscard]] std::int64_t frames_in(Duration) const;
  [[nodiscard]] MediaTime settle_video(MediaTime predicted, MediaTime raw);
  [[nodiscard]] MediaTime settle_audio(MediaTime predicted, MediaTime raw);
  [[nodiscard]] Duration settle_offset(Duration) const;
  void anchor(MediaTime);

  Duration quantum_{};
  Rational rate_;
  bool audio_ = false;
  bool started_ = false;
  MediaTime anchor_{};      // a settled frame ...
  std::int64_t count_ = 0;  // ... and how many frame periods the last one lies after it
  MediaTime last_{};
  Duration drift_{};  // audio: smoothed raw - predicted
  int steady_ = 0;    // frames in a row that were where they were predicted, negative after a miss
};

}  // namespace rostrum::engine
