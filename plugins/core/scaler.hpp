// The element "rostrumscale": I420 pictures to another size by libswscale, bilinear, in one thread: a quarter of videoscale's
// time.
#pragma once

#include <gst/gst.h>

namespace rostrum::core {

/// Makes the element known to GStreamer, once a process. Thread-safe.
void register_scaler();

/// Properties: `width`, `height` (int, 0 = from the other side and the source's shape, both 0 = the source's), `fps` (fraction,
/// frames above it are left out, never one for which a keyframe was asked). Square pixels, even sides.
GType scaler_type();

}  // namespace rostrum::core
