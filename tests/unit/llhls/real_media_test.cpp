// Real encoders in front, real decoders behind: what comes out of the packager has to decode without a word of complaint.
#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "viewer.hpp"

using namespace rig;

namespace {

struct Folder {
  Folder() {
    path = std::filesystem::temp_directory_path() / ("rostrum-llhls-" + std::to_string(getpid())),
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

/// What the command printed, standard error included.
std::string run(const std::string& command) {
  std::string text;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  char buffer[4096];
  while (const std::size_t n = fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, n);
  const int status = pclose(pipe);
  if (status != 0) text += "[exit status " + std::to_string(status) + "]";
  return text;
}

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// One track as ffmpeg encoded it, read from its fragmented MP4.
struct Encoded {
  FormatPtr format;
  std::vector<FramePtr> frames;
};

Encoded encode(const Folder& folder, Codec codec, const std::string& arguments) {
  const auto file = folder.path / "in.mp4";
  const std::string source = track_of(codec) == Track::video ? "-f lavfi -i testsrc2=size=320x180:rate=30 -t 14"
                                                             : "-f lavfi -i sine=440:sample_rate=48000 -t 14 -ac 2";
  const std::string said =
      run("ffmpeg -nostdin -v error -y " + source + " " + arguments +
          " -movflags frag_keyframe+delay_moov+default_base_moof+negative_cts_offsets -frag_duration 500000 " + file.string());
  REQUIRE(said == "");
  const Bytes bytes(slurp(file));
  const bool video = track_of(codec) == Track::video;
  const auto mdia = boxes::find(bytes, "moov/trak/mdia");
  REQUIRE(mdia);
  rostrum::Reader mdhd(*boxes::find(*mdia, "mdhd"));
  mdhd.skip(12);
  const std::int64_t timescale = mdhd.u32();
  const auto stsd = *boxes::find(*mdia, "minf/stbl/stsd");
  const auto entry = boxes::children(stsd.subspan(8)).at(0);
  const auto inside = boxes::children(entry.body.subspan(video ? 78 : 28));
  Bytes config;
  for (const auto& box : inside) {
    if (box.type == "avcC" || box.type == "hvcC" || box.type == "av1C" || box.type == "dOps") config = Bytes::copy(box.body);
    if (box.type == "esds") {
      const auto body = rostrum::as_text(box.body);
      const auto at = body.find(std::string("\x05\x80\x80\x80", 4));
      REQUIRE(at != std::string_view::npos);
      config = Bytes::copy(rostrum::as_view(body.substr(at + 5, static_cast<unsigned char>(body[at + 4]))));
    }
  }
  const auto format = describe(codec, config);
  REQUIRE(format);
  Encoded track{*format, {}};
  for (const auto& fragment : boxes::fragments(bytes, false)) {
    std::int64_t at = static_cast<std::int64_t>(fragment.decode_time);
    std::size_t offset = 0;
    for (const auto& sample : fragment.samples) {
      Frame frame;
      frame.format = track.format;
      frame.data = Bytes(fragment.payload.substr(offset, sample.size));
      const auto time = [&](std::int64_t ticks) { return epoch + MediaTime(ticks * 1'000'000'000 / timescale); };
      frame.dts = time(at);
      frame.pts = time(at + sample.offset);
      frame.keyframe = sample.sync;
      track.frames.push_back(std::make_shared<const Frame>(std::move(frame)));
      at += sample.duration;
      offset += sample.size;
    }
  }
  return track;
}

/// Everything that a viewer would fetch, as one file: init segment, then every part.
std::filesystem::path package(const Folder& folder, const Encoded& track) {
  Stage stage;
  const bool is_video = track.format->track() == Track::video;
  stage.node->add(is_video ? video(1, "x", track.format) : audio(1, "x", track.format));
  Viewer viewer(stage, "x");
  viewer.timescale = is_video ? 90'000 : track.format->sample_rate;
  const auto file = folder.path / "out.mp4";
  std::ofstream out(file, std::ios::binary);
  MediaTime marked = MediaTime::min();
  for (const FramePtr& frame : track.frames) {
    if (is_video ? frame->keyframe : marked == MediaTime::min() || frame->pts - marked >= 2s)
      stage.node->mark({marked = frame->pts, true, false});
    stage.house.pass(20ms);
    stage.node->frame(1, frame);
  }
  stage.node->end();
  const auto list = read_playlist(stage.text("x/index.m3u8"));
  REQUIRE_NOTHROW(viewer.look());
  out << stage.text("x/" + list.segments.front().map);
  for (const auto& segment : list.segments) out << stage.text("x/" + segment.uri);
  return file;
}

void check(Codec codec, const std::string& arguments, const std::string& name) {
  Folder folder;
  const Encoded track = encode(folder, codec, arguments);
  const auto file = package(folder, track);
  CHECK(run("ffmpeg -nostdin -v error -xerror -i " + file.string() + " -f null -") == "");
  const std::string probe = run(
      "ffprobe -v error -count_packets -show_entries stream=codec_name,nb_read_packets,start_time -of csv=p=0 " + file.string());
  CHECK(probe.starts_with(name + ","));
  CHECK(probe.find("," + std::to_string(track.frames.size())) != std::string::npos);
  // media time counts from 1970: what came in at the epoch comes out there
  CHECK(probe.find("17952552") != std::string::npos);
}

bool ffmpeg_is_there() {
  if (std::system("ffmpeg -version > /dev/null 2>&1") == 0) return true;
  if (std::getenv("CI")) FAIL("ffmpeg is missing");
  MESSAGE("SKIPPED: ffmpeg is missing");
  return false;
}

}  // namespace

TEST_CASE("llhls: x264 with B-frames decodes again without an error") {
  if (ffmpeg_is_there()) check(Codec::h264, "-c:v libx264 -preset veryfast -bf 3 -g 60 -pix_fmt yuv420p", "h264");
}
TEST_CASE("llhls: x265 decodes again without an error") {
  if (ffmpeg_is_there())
    check(Codec::hevc, "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:keyint=60 -pix_fmt yuv420p",
          "hevc");
}
TEST_CASE("llhls: AV1 decodes again without an error") {
  if (ffmpeg_is_there()) check(Codec::av1, "-c:v libaom-av1 -cpu-used 8 -usage realtime -g 60 -pix_fmt yuv420p", "av1");
}
TEST_CASE("llhls: AAC decodes again without an error") {
  if (ffmpeg_is_there()) check(Codec::aac, "-c:a aac -b:a 128k", "aac");
}
TEST_CASE("llhls: Opus decodes again without an error") {
  if (ffmpeg_is_there()) check(Codec::opus, "-c:a libopus -b:a 96k -strict -2", "opus");
}
