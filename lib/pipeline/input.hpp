// Where encoded frames enter an island: an appsrc that never blocks its caller.
#pragma once

#include <atomic>
#include <functional>
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

  /// `bound`: frames that may wait.
  Input(const IslandInput&, std::size_t bound, Origin&, Metrics*);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  [[nodiscard]] GstElement* element() const { return source_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Track track() const { return format_->track(); }

  /// Past the bound it drops up to the next keyframe that finds room, so that decoders never see a hole.
  Taken push(const FramePtr&);
  void end();

 private:
  static GstPadProbeReturn left(GstPad*, GstPadProbeInfo*, gpointer) noexcept;

  std::string name_;
  std::size_t bound_;
  Origin& origin_;
  FormatPtr format_;
  gst::Ref<GstElement> source_;
  Counter* dropped_ = nullptr;
  std::size_t pushed_ = 0;
  std::atomic<std::size_t> left_{0};
  bool dropping_ = false;
};

}  // namespace rostrum::pipeline
