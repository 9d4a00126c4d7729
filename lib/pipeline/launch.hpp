// A kind's constant launch line as a bin with the pads "sink" and "src".
#pragma once

#include <string_view>

#include <rostrum/error.hpp>
#include <rostrum/gst.hpp>

namespace rostrum::pipeline {

/// Media goes in at the first element of the line and comes out of its last: an element whose pads of that side are all unlinked.
/// (`videoconvert ! textoverlay` has textoverlay's text_sink unlinked too.) Fails with Errc::missing_element or
/// Errc::unsupported.
Result<gst::Ref<GstElement>> parse_launch(std::string_view line);

}  // namespace rostrum::pipeline
