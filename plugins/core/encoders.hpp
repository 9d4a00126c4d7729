// Which elements encode what, and how a target is said to each.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/gst.hpp>
#include <rostrum/media.hpp>

namespace rostrum::core {

/// What people may ask for in a property's text: "{kbit}" and "{bit}" are the bitrate, "{threads}" and "{preset}" the parameters.
struct Setting {
  std::string_view property;
  std::string_view value;
};

struct VideoEncoder {
  Codec codec;
  std::string_view name;  // of the parameter `encoder`
  const char* element;
  bool hardware = false;      // must reach READY before it is believed; takes NV12
  std::string_view parser{};  // where it gives byte-stream only
  std::span<const Setting> settings{};
};

/// In the order in which `auto` tries them.
std::span<const VideoEncoder> video_encoders();

/// Elements that the parameter `encoder` would do with.
std::vector<const char*> video_elements(Codec, std::string_view wanted);

/// The encoder for a codec and the parameter `encoder`. Fails with Errc::missing_element or Errc::unsupported.
Result<const VideoEncoder*> choose_video_encoder(Codec, std::string_view wanted);

/// Applies the row's settings to its element; a property that this version lacks is left alone.
struct Target {
  std::int64_t bitrate = 0;
  std::int64_t threads = 1;
  std::string preset;
};
void apply(const VideoEncoder&, GstElement*, const Target&);
/// Only what hangs on the bitrate: for a change at run time.
void apply_bitrate(const VideoEncoder&, GstElement*, const Target&);

}  // namespace rostrum::core
