// Which GStreamer elements are here, and which Debian package has those that are not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rostrum::pipeline {

/// What of KindInfo::elements is not installed, one entry each: "x264enc or openh264enc (apt install gstreamer1.0-plugins-ugly)".
/// Initialises GStreamer where nobody has. Thread-safe.
std::vector<std::string> missing_elements(std::string_view elements);

}  // namespace rostrum::pipeline
