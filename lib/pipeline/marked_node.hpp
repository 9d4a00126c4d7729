// A node that reads raw media, and the frames at which it has to make a keyframe.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>

#include <rostrum/gst.hpp>

namespace rostrum::pipeline {

/// Asks the node for a keyframe just before the frame of a mark goes in, and never with its first frame, which is one anyway:
/// until that frame has left, GstVideoEncoder (1.22) tells running times that are 1000 h ahead of x264enc's, and refuses each
/// later request as old.
class MarkedNode {
 public:
  MarkedNode(gst::Ref<GstPad> in, gst::Ref<GstPad> out);
  ~MarkedNode();
  MarkedNode(const MarkedNode&) = delete;
  MarkedNode& operator=(const MarkedNode&) = delete;

  /// The first frame at or after this running time gets a keyframe. Rising. Thread-safe.
  void mark(GstClockTime running);
  /// The next frame gets one. Thread-safe.
  void now();

 private:
  static GstPadProbeReturn frame(GstPad*, GstPadProbeInfo*, gpointer) noexcept;

  gst::Ref<GstPad> in_;
  gst::Ref<GstPad> out_;
  gulong probe_;
  std::atomic<int> frames_{0};  // that have reached the node, counted to 2
  std::mutex mutex_;
  std::deque<GstClockTime> marks_;  // guarded by mutex_; rising
};

}  // namespace rostrum::pipeline
