// Where encoded frames leave an island: an appsink that makes Frames of its buffers without copying.
#pragma once

#include <deque>
#include <functional>
#include <mutex>

#include <rostrum/gst.hpp>

#include "pipeline/origin.hpp"

namespace rostrum::pipeline {

class Output {
 public:
  struct Events {
    std::function<void(FramePtr)> frame;
    std::function<void(Error)> failed;
  };
  /// Events come on GStreamer's threads.
  Output(const Origin&, Events);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  [[nodiscard]] GstElement* element() const { return sink_.get(); }
  /// The first frame at or after this time does not continue what was. Thread-safe.
  void discontinuity(MediaTime);

 private:
  bool sample();
  bool broken_at(MediaTime);
  Result<void> read_format(GstCaps*);

  const Origin& origin_;
  Events events_;
  gst::Ref<GstElement> sink_;
  gst::Ref<GstCaps> caps_;  // those `format_` was read from
  FormatPtr format_;
  std::mutex mutex_;
  std::deque<MediaTime> breaks_;  // guarded by mutex_; rising
};

}  // namespace rostrum::pipeline
