// How long will this frame last? RTMP does not say, and to wait for the next one costs a frame of latency.
#pragma once

#include <deque>
#include <optional>

#include <rostrum/media.hpp>

namespace rostrum::llhls {

/// Learns from decode times as they come. A wrong guess is corrected in the next sample, so it may be wrong, but not late.
class FrameInterval {
 public:
  /// A frame of the rendition, before `expected` is asked about it.
  void add(const Frame&);
  /// After a discontinuity the distance to the frame before says nothing.
  void restart() { last_.reset(); }

  /// The newest frame's probable duration; never 0.
  [[nodiscard]] Duration expected() const;
  /// All recent frames are equally far apart, within the rounding of a millisecond clock.
  [[nodiscard]] bool steady() const;
  /// `constant` was measured on a clock of whole milliseconds.
  [[nodiscard]] bool rough() const;
  /// The constant duration of a frame in nanoseconds, 0 where there is none or not enough was seen.
  [[nodiscard]] double constant() const;

 private:
  [[nodiscard]] double mean() const;

  std::deque<Duration> recent_;
  std::optional<MediaTime> last_;
  Rational declared_;
  Duration stated_{};  // by the newest frame itself
};

}  // namespace rostrum::llhls
