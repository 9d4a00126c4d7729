#include "studio.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <gst/app/app.h>
#include <unistd.h>

#include "base/params.hpp"
#include "pipeline/caps.hpp"
#include "pipeline/output.hpp"
#include "pipeline/runtime.hpp"

namespace rostrum {
extern const PluginInfo core_plugin;
}

namespace studio {
namespace {

struct Folder {
  Folder() : path(std::filesystem::temp_directory_path() / fmt::format("rostrum-studio-{}", getpid())) {
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

void run(GstElement* pipeline) {
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  const auto bus = gst::adopt(gst_element_get_bus(pipeline));
  const auto message = gst::adopt(
      gst_bus_timed_pop_filtered(bus.get(), 30 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  const bool fine = message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS;
  gst_element_set_state(pipeline, GST_STATE_NULL);
  REQUIRE(fine);
}

/// Frames through a launch line to raw samples; `take` gets each buffer.
void decode(const std::vector<FramePtr>& frames, const std::string& line, const std::function<void(GstBuffer*)>& take) {
  REQUIRE(!frames.empty());
  auto pipeline = gst::sink(gst_parse_launch(
      fmt::format("appsrc name=in format=time block=true ! {} ! appsink name=out sync=false", line).c_str(), nullptr));
  REQUIRE(pipeline);
  auto in = gst::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "in"));
  auto out = gst::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  gst_app_src_set_caps(GST_APP_SRC(in.get()), pipeline::caps_of(*frames.front()->format).get());
  g_object_set(in.get(), "max-bytes", guint64{0}, nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  for (const auto& frame : frames) {
    auto buffer = pipeline::buffer_of(frame->data);
    GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>((frame->pts - t0 + std::chrono::seconds(10)).count());
    gst_app_src_push_buffer(GST_APP_SRC(in.get()), buffer.release());
  }
  gst_app_src_end_of_stream(GST_APP_SRC(in.get()));
  while (auto sample = gst::adopt(gst_app_sink_try_pull_sample(GST_APP_SINK(out.get()), 10 * GST_SECOND)))
    take(gst_sample_get_buffer(sample.get()));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

double since(GstClockTime pts) {
  return static_cast<double>(pts) / 1e9 - 10;
}

}  // namespace

std::vector<std::pair<int, FramePtr>> Tape::mixed() const {
  std::vector<std::pair<int, FramePtr>> all;
  for (const auto& frame : video) all.emplace_back(0, frame);
  for (const auto& frame : audio) all.emplace_back(video.empty() ? 0 : 1, frame);
  std::ranges::stable_sort(all, {}, [](const auto& entry) { return entry.second->dts; });
  return all;
}

Tape record(const std::string& arguments) {
  static Folder folder;
  static std::map<std::string, Tape> made;
  if (const auto found = made.find(arguments); found != made.end()) return found->second;
  REQUIRE(pipeline::initialise());
  const std::string file = folder.path / fmt::format("{}.mp4", made.size());
  REQUIRE(std::system(fmt::format("ffmpeg -v error -y {} {}", arguments, file).c_str()) == 0);
  auto pipeline = gst::sink(gst_parse_launch(fmt::format("filesrc location={} ! qtdemux name=demux", file).c_str(), nullptr));
  Tape tape;
  pipeline::Origin origin;
  origin.fix(t0);
  const auto failed = [](Error error) { FAIL_CHECK(error.message()); };
  pipeline::Output video(origin, {[&](FramePtr frame) { tape.video.push_back(std::move(frame)); }, failed});
  pipeline::Output audio(origin, {[&](FramePtr frame) { tape.audio.push_back(std::move(frame)); }, failed});
  struct Ends {
    GstElement* pipeline;
    pipeline::Output* video;
    pipeline::Output* audio;
  } ends{pipeline.get(), &video, &audio};
  auto demux = gst::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "demux"));
  g_signal_connect(demux.get(), "pad-added", G_CALLBACK(+[](GstElement*, GstPad* pad, gpointer data) {
                     const auto& to = *static_cast<Ends*>(data);
                     const auto caps = gst::adopt(gst_pad_get_current_caps(pad));
                     const std::string media = gst_structure_get_name(gst_caps_get_structure(caps.get(), 0));
                     GstElement* sink = (media.starts_with("video") ? to.video : to.audio)->element();
                     gst_bin_add(GST_BIN(to.pipeline), sink);
                     gst_element_sync_state_with_parent(sink);
                     gst_pad_link(pad, gst::adopt(gst_element_get_static_pad(sink, "sink")).get());
                   }),
                   &ends);
  run(pipeline.get());
  return made[arguments] = tape;
}

std::string flash_and_beep(int length, std::string_view video_options) {
  return fmt::format(
      "-f lavfi -i \"color=black:s=640x360:r=30:d={0},drawbox=color=white:t=fill:enable='lt(mod(t+0.001,1),0.1)'\" "
      "-f lavfi -i \"aevalsrc='if(lt(mod(t,1),0.1),0.6*sin(2*PI*1000*t),0)':s=48000:d={0}\" -c:a aac -b:a 128k -c:v libx264 {1}",
      length, video_options);
}

const KindInfo& kind(std::string_view name) {
  for (const KindInfo& row : core_plugin.kinds) {
    if (row.name == name) return row;
  }
  throw std::logic_error(fmt::format("no kind {}", name));
}

pipeline::IslandNode node(std::string name, const KindInfo& row,
                          std::initializer_list<std::pair<std::string, std::string>> params, std::vector<pipeline::Feed> feeds) {
  auto read = params_of(row.params, params);
  if (!read) throw std::logic_error(read.error().message());
  std::string place = "test.yaml nodes." + name;
  return {
      .name = std::move(name), .kind = &row, .params = std::move(*read), .feeds = std::move(feeds), .place = std::move(place)};
}

pipeline::IslandSpec ladder(const FormatPtr& video, std::initializer_list<std::pair<int, std::string>> rungs,
                            std::initializer_list<std::pair<std::string, std::string>> encode) {
  pipeline::IslandSpec spec{.stream = "live/test", .inputs = {{"in.video", video}}};
  spec.bound = 100'000;
  spec.patience = std::chrono::hours(1);
  spec.nodes.push_back(node("picture", kind("decode"), {}, {from_input(0)}));
  for (const auto& [height, bitrate] : rungs) {
    const auto name = fmt::format("ladder.{}p", height);
    const auto at = static_cast<int>(spec.nodes.size());
    spec.nodes.push_back(
        node(name + ".scale", kind("scale"), {{"height", fmt::format("{}", height)}, {"enlarge", "false"}}, {from_node(0)}));
    spec.nodes.push_back(
        node(name, kind("encode"), {{"codec", "h264"}, {"bitrate", bitrate}, {"preset", "ultrafast"}}, {from_node(at)}));
    ParamsDraft draft(kind("encode").params, spec.nodes.back().params);
    for (const auto& [key, value] : encode) REQUIRE(draft.set(key, value));
    spec.nodes.back().params = std::move(draft).take();
    spec.outputs.push_back({at + 1, "out"});
  }
  return spec;
}

void add_audio(pipeline::IslandSpec& spec, const FormatPtr& audio, std::string codec, std::string always) {
  const auto input = static_cast<int>(spec.inputs.size());
  spec.inputs.push_back({"in.audio", audio});
  spec.outputs.push_back({static_cast<int>(spec.nodes.size()), "out"});
  spec.nodes.push_back(
      node(codec, kind("encode"), {{"codec", codec}, {"bitrate", "128k"}, {"always", always}}, {from_input(input)}));
}

pipeline::IslandEvents Recorder::events() {
  const auto under_lock = [this](auto f) {
    std::lock_guard lock(mutex_);
    f();
    changed_.notify_all();
  };
  return {.frame = [=, this](int output, FramePtr frame) { under_lock([&] { frames_[output].push_back(std::move(frame)); }); },
          .mark = [=, this](const Mark& mark) { under_lock([&] { marks_.push_back(mark); }); },
          .failed = [=, this](Error error) { under_lock([&] { errors_.push_back(std::move(error)); }); },
          .note = [=, this](std::string text) { under_lock([&] { notes_.push_back(std::move(text)); }); },
          .ended = [=, this] { under_lock([&] { ++ends_; }); }};
}

template <class F>
bool Recorder::wait(F done) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(30), done);
}
bool Recorder::wait_end() {
  return wait([this] { return ends_ > 0 || !errors_.empty(); }) && errors().empty();
}
bool Recorder::wait_error() {
  return wait([this] { return !errors_.empty(); });
}
bool Recorder::wait_frames(int output, std::size_t count) {
  return wait([&] { return frames_[output].size() >= count; });
}
std::vector<FramePtr> Recorder::output(int index) {
  std::lock_guard lock(mutex_);
  return frames_[index];
}
std::vector<std::string> Recorder::notes() {
  std::lock_guard lock(mutex_);
  return notes_;
}
std::vector<Error> Recorder::errors() {
  std::lock_guard lock(mutex_);
  return errors_;
}
std::vector<Mark> Recorder::marks() {
  std::lock_guard lock(mutex_);
  return marks_;
}
int Recorder::ends() {
  std::lock_guard lock(mutex_);
  return ends_;
}

std::unique_ptr<pipeline::Island> start(pipeline::IslandSpec spec, Recorder& recorder) {
  auto island = pipeline::Island::make(std::move(spec), recorder.events());
  if (!island) FAIL(island.error().message());
  return std::move(*island);
}

void play(pipeline::Island& island, const Tape& tape) {
  for (const auto& [input, frame] : tape.mixed()) {
    if (frame->format->track() == Track::video && frame->keyframe) island.mark(Mark{.pts = frame->pts});
    island.push(input, frame);
  }
  island.end();
}

std::string text_of(const std::set<std::int64_t>& times) {
  std::string text;
  for (const auto t : times) text += fmt::format("{:.6f} ", seconds(MediaTime(t) - t0));
  return text;
}

std::set<std::int64_t> times(const std::vector<FramePtr>& frames) {
  std::set<std::int64_t> all;
  for (const auto& frame : frames) all.insert(frame->pts.count());
  return all;
}

std::set<std::int64_t> keyframes(const std::vector<FramePtr>& frames) {
  std::set<std::int64_t> all;
  for (const auto& frame : frames) {
    if (frame->keyframe) all.insert(frame->pts.count());
  }
  return all;
}

double beep(const std::vector<FramePtr>& frames, double after) {
  const bool opus = frames.front()->format->codec == Codec::opus;
  double at = -1;
  std::size_t samples = 0;
  const double first = seconds(frames.front()->pts - t0);
  decode(frames,
         fmt::format("{} ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,channels=1,rate=48000",
                     opus ? "opusdec" : "avdec_aac"),
         [&](GstBuffer* buffer) {
           const auto bytes = pipeline::bytes_of(buffer);
           const auto* sample = reinterpret_cast<const std::int16_t*>(bytes.data());
           for (std::size_t i = 0; i < bytes.size() / 2; ++i, ++samples) {
             const double t = first + static_cast<double>(samples) / 48000;
             if (at < 0 && t > after && std::abs(sample[i]) > 4000) at = t;
           }
         });
  return at;
}

double flash(const std::vector<FramePtr>& frames, double after) {
  double at = -1;
  decode(frames, "avdec_h264 ! videoconvert ! videoscale ! video/x-raw,format=GRAY8,width=16,height=16", [&](GstBuffer* buffer) {
    const auto bytes = pipeline::bytes_of(buffer);
    const double t = since(GST_BUFFER_PTS(buffer));
    if (at < 0 && t > after && std::to_integer<int>(bytes.view()[8 * 16 + 8]) > 180) at = t;
  });
  return at;
}

std::size_t pictures(const std::vector<FramePtr>& frames) {
  std::size_t count = 0;
  decode(frames, "avdec_h264", [&](GstBuffer*) { ++count; });
  return count;
}

}  // namespace studio
