#include "pipeline/elements.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>
#include <rostrum/gst.hpp>

#include "pipeline/runtime.hpp"

namespace rostrum {
namespace {

// Debian 12 and 13; a name that ends in '*' stands for all that begin with it. The first that fits counts.
constexpr std::array<std::pair<std::string_view, std::string_view>, 38> packages{{
    {"x264enc", "gstreamer1.0-plugins-ugly"},
    {"x265enc", "gstreamer1.0-plugins-bad"},
    {"openh264*", "gstreamer1.0-plugins-bad"},
    {"av1*", "gstreamer1.0-plugins-bad"},
    {"dav1d*", "gstreamer1.0-dav1d or gstreamer1.0-plugins-rs"},
    {"av*", "gstreamer1.0-libav"},
    {"fdkaac*", "gstreamer1.0-fdkaac"},
    {"vaapi*", "gstreamer1.0-vaapi"},
    {"va*", "gstreamer1.0-plugins-bad"},
    {"nv*", "gstreamer1.0-plugins-bad and NVIDIA's driver"},
    {"h264*", "gstreamer1.0-plugins-bad"},
    {"h265*", "gstreamer1.0-plugins-bad"},
    {"opusparse", "gstreamer1.0-plugins-bad"},
    {"opus*", "gstreamer1.0-plugins-base"},
    {"vp8*", "gstreamer1.0-plugins-good"},
    {"vp9*", "gstreamer1.0-plugins-good"},
    {"mpg123*", "gstreamer1.0-plugins-good"},
    {"lame*", "gstreamer1.0-plugins-good"},
    {"aacparse", "gstreamer1.0-plugins-good"},
    {"faad", "gstreamer1.0-plugins-bad"},
    {"voaac*", "gstreamer1.0-plugins-bad"},
    {"webrtc*", "gstreamer1.0-plugins-bad"},
    {"nice*", "gstreamer1.0-nice"},
    {"mpegts*", "gstreamer1.0-plugins-bad"},
    {"ts*", "gstreamer1.0-plugins-bad"},
    {"hls*", "gstreamer1.0-plugins-bad"},
    {"srt*", "gstreamer1.0-plugins-bad"},
    {"rtmp*", "gstreamer1.0-plugins-bad"},
    {"textoverlay", "gstreamer1.0-x"},
    {"timeoverlay", "gstreamer1.0-x"},
    {"clockoverlay", "gstreamer1.0-x"},
    {"gdkpixbuf*", "gstreamer1.0-plugins-good"},
    {"jpeg*", "gstreamer1.0-plugins-good"},
    {"video*", "gstreamer1.0-plugins-base"},
    {"audio*", "gstreamer1.0-plugins-base"},
    {"app*", "gstreamer1.0-plugins-base"},
    {"compositor", "gstreamer1.0-plugins-base"},
    {"queue*", "libgstreamer1.0-0"},
}};

std::string_view package_of(std::string_view element) {
  for (const auto& [pattern, package] : packages) {
    const bool open = pattern.ends_with('*');
    const auto stem = pattern.substr(0, pattern.size() - (open ? 1 : 0));
    if (open ? element.starts_with(stem) : element == stem) return package;
  }
  return {};
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {  // clang 14, which builds the fuzzers, has no views::split
    const auto part = text.substr(0, text.find(at));
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return parts;
}

bool installed(const std::string& element) {
  return static_cast<bool>(gst::adopt(gst_element_factory_find(element.c_str())));
}

std::string joined(const std::vector<std::string>& elements) {
  std::string text;
  for (const auto& element : elements) text += (text.empty() ? "" : " or ") + element;
  return text;
}

}  // namespace

namespace pipeline {

std::vector<std::string> missing_elements(std::string_view elements) {
  std::vector<std::string> missing;
  if (const auto ready = initialise(); !ready) return {ready.error().what};
  for (const std::string& need : split(elements, ' ')) {
    const auto any = split(need, '|');
    if (std::ranges::any_of(any, installed)) continue;
    const auto package = package_of(any.front());
    missing.push_back(package.empty() ? joined(any) : fmt::format("{} (apt install {})", joined(any), package));
  }
  return missing;
}

}  // namespace pipeline

Error gst::missing(std::string_view elements) {
  const auto any = split(elements, '|');
  const auto package = package_of(any.empty() ? elements : any.front());
  return {Errc::missing_element,
          {},
          package.empty() ? fmt::format("{} is missing; install the GStreamer plugin that has it", joined(any))
                          : fmt::format("{} is missing; install {}", joined(any), package)};
}

Result<gst::Ref<GstElement>> gst::make(const char* factory, const char* name) {
  if (GstElement* element = gst_element_factory_make(factory, name)) return gst::sink(element);
  return tl::unexpected(missing(factory));
}

}  // namespace rostrum
