// Playlists as whole texts, at every usual rate and part length: tests/unit/llhls/golden/*.txt. A change that is meant is written
// there by ROSTRUM_WRITE_GOLDENS=1, and read before it is committed.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "viewer.hpp"

using namespace rig;

namespace {

constexpr std::chrono::milliseconds parts[] = {200ms, 333ms, 500ms, 1000ms};

void compare(const std::string& name, const std::string& text) {
  const auto path = std::filesystem::path(SOURCE_DIR) / "tests/unit/llhls/golden" / (name + ".txt");
  if (std::getenv("ROSTRUM_WRITE_GOLDENS")) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  std::ostringstream golden;
  golden << in.rdbuf();
  CHECK(text == golden.str());
}

/// Video with a keyframe every two seconds or a hair more, and audio, in segments of 2 s: the multivariant playlist, and
/// `label`'s own for each part length, after 5.1 s.
std::string playlists(Rational rate, const FormatPtr& sound, const std::string& label) {
  std::string text;
  for (const auto part : parts) {
    llhls::Options options;
    options.part = part;
    options.segment = 2s;
    Stage stage(options);
    stage.node->add(video(1, "video", h264(rate), 2'500'000));
    stage.node->add(audio(2, "audio", sound));
    Source source(stage, rate, 2 * static_cast<int>((rate.num + rate.den - 1) / rate.den));
    source.with_video(1, h264(rate)).with_audio(2, sound);
    source.play(5100ms);
    if (text.empty()) text = "== index.m3u8\n" + stage.text("index.m3u8");
    text += "\n== " + label + "/index.m3u8, part: " + std::to_string(part.count()) + "ms\n";
    text += stage.text(label + "/index.m3u8");
  }
  return text;
}

}  // namespace

TEST_CASE("llhls: playlists of video at every usual frame rate and part length are these") {
  struct Row {
    const char* name;
    Rational rate;
  };
  for (const Row& row : {Row{"video-23.976", {24'000, 1001}},
                         {"video-24", {24, 1}},
                         {"video-25", {25, 1}},
                         {"video-29.97", {30'000, 1001}},
                         {"video-50", {50, 1}},
                         {"video-59.94", {60'000, 1001}}}) {
    CAPTURE(row.name);
    compare(row.name, playlists(row.rate, aac(), "video"));
  }
}

TEST_CASE("llhls: playlists of AAC and HE-AAC beside video at every usual sample rate and part length are these") {
  struct Row {
    const char* name;
    FormatPtr format;
  };
  for (const Row& row : {Row{"aac-44.1", aac(44'100)},
                         {"aac-48", aac(48'000)},
                         {"he-aac-44.1", aac(44'100, 2048)},
                         {"he-aac-48", aac(48'000, 2048)}}) {
    CAPTURE(row.name);
    compare(row.name, playlists({30, 1}, row.format, "audio"));
  }
}
