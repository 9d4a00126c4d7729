// Lets fewer pictures through to encoders that are behind.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include <rostrum/gst.hpp>
#include <rostrum/metrics.hpp>

#include "pipeline/input.hpp"

namespace rostrum::pipeline {

/// Stands behind a decoder. Where what it decodes has waited for longer than half of the island's patience, it lets ten pictures
/// a second through, and those of marks, until the decoder takes frames as they come again: a picture that moves less smoothly is
/// better than one that stops. Whoever is slower than that is the input's case.
class Thinner {
 public:
  /// `began` is called on the decoder's thread. The input outlives the pipeline.
  Thinner(gst::Ref<GstPad> decoded, const Input&, const IslandSpec&, std::function<void()> began);
  ~Thinner();
  Thinner(const Thinner&) = delete;
  Thinner& operator=(const Thinner&) = delete;

  /// The first frame at or after this running time passes. Rising. Thread-safe.
  void mark(GstClockTime running);

 private:
  static GstPadProbeReturn frame(GstPad*, GstPadProbeInfo*, gpointer) noexcept;
  [[nodiscard]] bool passes(GstClockTime running);
  [[nodiscard]] bool due(GstClockTime running);

  gst::Ref<GstPad> pad_;
  const Input& input_;
  Duration patience_;
  std::function<void()> began_;
  Counter* skipped_ = nullptr;
  gulong probe_ = 0;
  // The decoder's thread only:
  bool thinning_ = false;
  std::optional<GstClockTime> passed_;
  std::optional<GstClockTime> said_;

  std::mutex mutex_;
  std::deque<GstClockTime> marks_;  // guarded by mutex_; rising
};

}  // namespace rostrum::pipeline
