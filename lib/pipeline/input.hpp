// Where encoded frames enter an island: an appsrc that never blocks its caller.
#pragma once

#include <atomic>
#include <deque>
#include <string>

#include <rostrum/gst.hpp>
#include <rostrum/metrics.hpp>

#include "pipeline/island.hpp"
#include "pipeline/origin.hpp"

namespace rostrum::pipeline {

class Input {
 public:
  /// What a push came to.
  enum class Taken : std::uint8_t { yes, dropped, began_to_drop, other_codec };

  /// Bound, patience, clock and metrics are the island's.
  Input(const IslandInput&, const IslandSpec&, Origin&);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  [[nodiscard]] GstElement* element() const { return source_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Track track() const { return format_->track(); }

  /// Past a bound it drops up to a keyframe that finds little before it, so that decoders never see a hole, and do not reach the
  /// bound again at once.
  Taken push(const FramePtr&);
  void end();
  /// How long the oldest frame that decoders have not taken has waited, as of the last push; 0 after `end`. Thread-safe.
  [[nodiscard]] Duration late() const { return late_.load(std::memory_order_relaxed); }

 private:
  struct Waiting {
    Duration at;  // media that was pushed before it, holes left out
    Duration since;
  };
  static GstPadProbeReturn left(GstPad*, GstPadProbeInfo*, gpointer) noexcept;
  [[nodiscard]] Duration now() const;
  [[nodiscard]] Duration backlog() const;

  std::string name_;
  std::size_t bound_;
  Duration patience_;
  const Clock* clock_;
  Origin& origin_;
  FormatPtr format_;
  gst::Ref<GstElement> source_;
  Counter* dropped_ = nullptr;
  std::deque<Waiting> waiting_;       // pushed, and not yet out of the appsrc when we looked last
  std::atomic<std::size_t> left_{0};  // out of the appsrc since then
  std::atomic<Duration> late_{Duration{}};
  Duration media_{};  // pushed so far
  MediaTime last_{};  // DTS of the last frame pushed
  bool dropping_ = false;
};

}  // namespace rostrum::pipeline
