// A buffer's time on its pipeline's clock.
#pragma once

#include <gst/gst.h>

namespace rostrum::pipeline {

/// GST_CLOCK_TIME_NONE where the pad has no segment yet, or `pts` lies outside of it. Streaming thread of the pad.
GstClockTime running_time(GstPad*, GstClockTime pts);

}  // namespace rostrum::pipeline
