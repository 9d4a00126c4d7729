#include "core/encoders.hpp"

#include <array>
#include <map>
#include <mutex>
#include <string>

#include <fmt/core.h>

namespace rostrum::core {
namespace {

// Keyframes are forced where the stream has its marks, so every encoder's own interval is as long as it goes, and none looks for
// scene cuts: a keyframe beside a mark costs bits and serves nobody. No B-frames and no look-ahead: each frame leaves at once.

// nal-hrd stays off: filler would only fill the network. With a buffer of half a second and max rate = target, two seconds hold
// at most 125 % of the target.
constexpr std::array x264{
    Setting{"speed-preset", "{preset}"},  Setting{"tune", "zerolatency"},         Setting{"bframes", "0"},
    Setting{"key-int-max", "1073741823"}, Setting{"option-string", "scenecut=0"}, Setting{"bitrate", "{kbit}"},
    Setting{"vbv-buf-capacity", "500"},   Setting{"threads", "{threads}"},        Setting{"aud", "false"},
};
constexpr std::array x265{
    Setting{"speed-preset", "{preset}"},
    Setting{"tune", "zerolatency"},
    Setting{"key-int-max", "1000000"},
    Setting{"bitrate", "{kbit}"},
    Setting{"option-string",
            "scenecut=0:bframes=0:pools={threads}:frame-threads=1:vbv-maxrate={kbit}:vbv-bufsize={half_kbit}:repeat-headers=1"},
};
constexpr std::array openh264{
    Setting{"rate-control", "bitrate"},   Setting{"bitrate", "{bit}"},  Setting{"max-bitrate", "{peak_bit}"},
    Setting{"gop-size", "1000000"},       Setting{"complexity", "low"}, Setting{"scene-change-detection", "false"},
    Setting{"multi-thread", "{threads}"},
};
constexpr std::array va{
    Setting{"rate-control", "cbr"}, Setting{"bitrate", "{kbit}"},       Setting{"b-frames", "0"},
    Setting{"key-int-max", "1024"}, Setting{"cpb-size", "{half_kbit}"},
};
constexpr std::array vaapi{
    Setting{"rate-control", "cbr"},      Setting{"bitrate", "{kbit}"}, Setting{"max-bframes", "0"},
    Setting{"keyframe-period", "10000"}, Setting{"cpb-length", "500"},
};
constexpr std::array nvenc{
    Setting{"rc-mode", "cbr"},
    Setting{"bitrate", "{kbit}"},
    Setting{"gop-size", "-1"},
    Setting{"bframes", "0"},
    Setting{"zerolatency", "true"},
    Setting{"preset", "low-latency-hq"},
    Setting{"vbv-buffer-size", "{half_kbit}"},
};

constexpr std::array rows{
    VideoEncoder{Codec::h264, "nvenc", "nvh264enc", true, "h264parse", nvenc},
    VideoEncoder{Codec::h264, "vaapi", "vah264enc", true, "h264parse", va},
    VideoEncoder{Codec::h264, "vaapi", "vah264lpenc", true, "h264parse", va},
    VideoEncoder{Codec::h264, "vaapi", "vaapih264enc", true, "h264parse", vaapi},
    VideoEncoder{Codec::h264, "x264", "x264enc", false, {}, x264},
    VideoEncoder{Codec::h264, "openh264", "openh264enc", false, "h264parse", openh264},
    VideoEncoder{Codec::hevc, "nvenc", "nvh265enc", true, "h265parse", nvenc},
    VideoEncoder{Codec::hevc, "vaapi", "vah265enc", true, "h265parse", va},
    VideoEncoder{Codec::hevc, "vaapi", "vaapih265enc", true, "h265parse", vaapi},
    VideoEncoder{Codec::hevc, "x265", "x265enc", false, "h265parse", x265},
};

std::string filled(std::string_view value, const Target& target) {
  std::string text(value);
  const std::array<std::pair<std::string_view, std::string>, 6> names{{
      {"{kbit}", fmt::format("{}", target.bitrate / 1000)},
      {"{half_kbit}", fmt::format("{}", target.bitrate / 2000)},
      {"{bit}", fmt::format("{}", target.bitrate)},
      {"{peak_bit}", fmt::format("{}", target.bitrate * 5 / 4)},
      {"{threads}", fmt::format("{}", target.threads)},
      {"{preset}", target.preset},
  }};
  for (const auto& [name, with] : names) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) text.replace(at, name.size(), with);
  }
  return text;
}

// A driver's element may be registered on a machine without the device: only READY tells. Asked once a process.
bool works(const char* element) {
  static std::mutex mutex;
  static std::map<std::string, bool> known;  // guarded by mutex
  std::lock_guard lock(mutex);
  if (const auto found = known.find(element); found != known.end()) return found->second;
  bool ready = false;
  if (auto made = gst::make(element)) {
    ready = gst_element_set_state(made->get(), GST_STATE_READY) == GST_STATE_CHANGE_SUCCESS;
    gst_element_set_state(made->get(), GST_STATE_NULL);
  }
  return known[element] = ready;
}

}  // namespace

std::span<const VideoEncoder> video_encoders() {
  return rows;
}

std::vector<const char*> video_elements(Codec codec, std::string_view wanted) {
  std::vector<const char*> elements;
  for (const VideoEncoder& row : rows) {
    if (row.codec == codec && (wanted == "auto" || wanted == row.name)) elements.push_back(row.element);
  }
  return elements;
}

Result<const VideoEncoder*> choose_video_encoder(Codec codec, std::string_view wanted) {
  std::string tried;
  for (const VideoEncoder& row : rows) {
    if (row.codec != codec || (wanted != "auto" && wanted != row.name)) continue;
    if (works(row.element)) return &row;
    tried += (tried.empty() ? "" : "|") + std::string(row.element);
  }
  if (tried.empty())
    return fail(Errc::unsupported, "encoder", fmt::format("{} does not encode {}; write encoder: auto", wanted, name_of(codec)));
  auto error = gst::missing(tried);
  error.where = "encoder";
  return tl::unexpected(std::move(error));
}

void apply(const VideoEncoder& row, GstElement* element, const Target& target) {
  for (const Setting& setting : row.settings) {
    const std::string property(setting.property);
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), property.c_str()))
      gst_util_set_object_arg(G_OBJECT(element), property.c_str(), filled(setting.value, target).c_str());
  }
}

void apply_bitrate(const VideoEncoder& row, GstElement* element, const Target& target) {
  for (const Setting& setting : row.settings) {
    if (setting.value != "{kbit}" && setting.value != "{bit}" && setting.value != "{peak_bit}") continue;
    gst_util_set_object_arg(G_OBJECT(element), std::string(setting.property).c_str(), filled(setting.value, target).c_str());
  }
}

}  // namespace rostrum::core
