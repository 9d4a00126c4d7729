#include "pipeline/running_time.hpp"

#include <rostrum/gst.hpp>

namespace rostrum::pipeline {

GstClockTime running_time(GstPad* pad, GstClockTime pts) {
  const auto event = gst::adopt(gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0));
  if (!event) return GST_CLOCK_TIME_NONE;
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event.get(), &segment);
  return gst_segment_to_running_time(segment, GST_FORMAT_TIME, pts);
}

}  // namespace rostrum::pipeline
