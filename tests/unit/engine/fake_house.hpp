// A house of glass for engine tests: time stands still until it is moved, islands do what the test says.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/stream_core.hpp"
#include "pipeline/rungs.hpp"

namespace rostrum::engine {

struct FakeClock final : Clock {
  Duration now = std::chrono::hours(1);
  UtcTime epoch{std::chrono::seconds(1'790'000'000)};
  Duration monotonic() const override { return now; }
  UtcTime utc() const override { return epoch + now; }
};

/// Runs what is posted when the test says so; timers fire as time is moved past them.
struct FakeLoop final : net::Loop {
  explicit FakeLoop(FakeClock& c) : clock(c) {}
  void post(std::function<void()> f) override { posted.push_back(std::move(f)); }
  std::unique_ptr<Timer> after(Duration delay, std::function<void()> f) override {
    struct Handle final : Timer {
      explicit Handle(std::shared_ptr<bool> b) : live(std::move(b)) {}
      ~Handle() override { *live = false; }
      std::shared_ptr<bool> live;
    };
    auto live = std::make_shared<bool>(true);
    timers.emplace(clock.now + delay, std::pair{live, std::move(f)});
    return std::make_unique<Handle>(live);
  }
  void hand_over(std::shared_ptr<Errand> errand) override {
    posted.push_back([errand = std::move(errand)] { errand->run(); });
  }
  bool here() const override { return true; }
  void settle() {
    while (!posted.empty()) {
      auto f = std::move(posted.front());
      posted.pop_front();
      f();
    }
  }
  void advance(Duration by) {
    const Duration until = clock.now + by;
    settle();
    while (!timers.empty() && timers.begin()->first <= until) {
      auto node = timers.extract(timers.begin());
      clock.now = std::max(clock.now, node.key());
      if (*node.mapped().first) node.mapped().second();
      settle();
    }
    clock.now = until;
  }
  FakeClock& clock;
  std::deque<std::function<void()>> posted;
  std::multimap<Duration, std::pair<std::shared_ptr<bool>, std::function<void()>>> timers;
};

inline FormatPtr video_format(Codec codec = Codec::h264, Rational rate = {}) {
  Format format;
  format.codec = codec;
  format.width = 1280;
  format.height = 720;
  format.frame_rate = rate;
  return std::make_shared<const Format>(format);
}
inline FormatPtr audio_format(Codec codec = Codec::aac) {
  Format format;
  format.codec = codec;
  format.sample_rate = 48000;
  format.channels = 2;
  format.frame_samples = codec == Codec::aac ? 1024 : 0;
  return std::make_shared<const Format>(format);
}
inline Frame make_frame(FormatPtr format, Duration at, bool keyframe = true) {
  Frame frame;
  frame.format = std::move(format);
  frame.pts = frame.dts = at;
  frame.keyframe = keyframe;
  return frame;
}

/// What every sink of kind "record" got, as text: "mark 0 key", "frame in.video 0".
struct Record {
  std::vector<std::string> lines;
  std::vector<Rendition> renditions;
  std::vector<FramePtr> frames;
  int requests = 0;
};
inline Record*& current_record() {
  static Record* record = nullptr;
  return record;
}
struct RecordSink final : Sink {
  void add(const Rendition& r) override {
    out.renditions.push_back(r);
    out.lines.push_back("add " + r.name);
  }
  void remove(int id) override { out.lines.push_back("remove " + name(id)); }
  void mark(const Mark& m) override {
    out.lines.push_back(std::string("mark") + (m.source_keyframe ? " key" : "") + (m.discontinuity ? " break" : ""));
  }
  void frame(int id, const FramePtr& f) override {
    out.frames.push_back(f);
    out.lines.push_back("frame " + name(id));
  }
  void horizon(MediaTime) override {}
  void gap() override { out.lines.push_back("gap"); }
  void resume() override { out.lines.push_back("resume"); }
  void end() override { out.lines.push_back("end"); }
  void handle(const HttpRequest&, std::string_view rest, HttpReply reply) override {
    ++out.requests;
    reply(HttpResponse::text(200, "text/plain", "record " + std::string(rest)));
  }
  std::string name(int id) const {
    for (const Rendition& r : out.renditions) {
      if (r.id == id) return r.name;
    }
    return "?";
  }
  Record& out = *current_record();
};

inline constexpr PortInfo fake_publisher_ports[] = {{"video", Direction::out, Media::encoded_video},
                                                    {"audio", Direction::out, Media::encoded_audio}};
inline constexpr ParamInfo fake_publisher_params[] = {{.name = "linger", .type = Type::duration, .fallback = "10s"},
                                                      {.name = "takeover", .type = Type::boolean, .fallback = "false"}};
inline constexpr RouteInfo fake_routes[] = {
    {.pattern = "index.m3u8", .waits_for_start = true, .admits = true}, {.pattern = "hls/*/live.m3u8"}, {.pattern = "hls/*/*"}};
inline constexpr PortInfo fake_sink_ports[] = {{.name = "in", .direction = Direction::in, .media = Media::encoded, .many = true}};
inline constexpr PortInfo fake_decode_ports[] = {{"in", Direction::in, Media::encoded_video},
                                                 {"out", Direction::out, Media::raw_video}};
inline constexpr PortInfo fake_encode_ports[] = {
    {"in", Direction::in, Media::raw_video | Media::raw_audio | Media::encoded_audio}, {"out", Direction::out, Media::encoded}};
inline constexpr ParamInfo fake_encode_params[] = {
    {.name = "codec", .type = Type::choice, .required = true, .choices = "h264|aac|opus"},
    {.name = "bitrate", .type = Type::bitrate},
    {.name = "always", .type = Type::boolean, .fallback = "false"},
    {.name = "keyframes", .type = Type::duration, .fallback = "2s"}};
inline const KindInfo fake_publisher{
    .name = "publisher", .role = Role::source, .ports = fake_publisher_ports, .params = fake_publisher_params};
inline const KindInfo fake_sink{
    .name = "record",
    .role = Role::sink,
    .ports = fake_sink_ports,
    .sink = [](NodeContext&) -> Result<std::unique_ptr<Sink>> { return std::make_unique<RecordSink>(); },
    .routes = fake_routes};
inline const KindInfo fake_decode{.name = "decode", .ports = fake_decode_ports, .launch = "decodebin"};
inline constexpr PortInfo fake_scale_ports[] = {{"in", Direction::in, Media::raw_video},
                                                {"out", Direction::out, Media::raw_video}};
inline constexpr ParamInfo fake_scale_params[] = {{.name = "height", .type = Type::integer},
                                                  {.name = "width", .type = Type::integer},
                                                  {.name = "enlarge", .type = Type::boolean, .fallback = "false"}};
inline const KindInfo fake_scale{.name = "scale", .ports = fake_scale_ports, .params = fake_scale_params, .launch = "videoscale"};
inline const KindInfo fake_encode{
    .name = "encode", .ports = fake_encode_ports, .params = fake_encode_params, .launch = "x264enc"};

/// An island that hands its first input's frames to every output, but for rungs that are taller than its source.
struct FakeIsland final : IslandLink {
  pipeline::IslandSpec spec;
  pipeline::IslandEvents events;
  std::vector<std::string>& lines;
  std::vector<bool> left_out;
  FakeIsland(pipeline::IslandSpec s, pipeline::IslandEvents e, std::vector<std::string>& l)
      : spec(std::move(s)), events(std::move(e)), lines(l) {
    left_out = pipeline::left_out(spec, [](const std::string&) {});
    lines.push_back("made");
  }
  ~FakeIsland() override { lines.push_back("stopped"); }
  void push(int, const FramePtr& f) override {
    lines.push_back("push");
    for (std::size_t i = 0; i < spec.outputs.size(); ++i) {
      if (!left_out[static_cast<std::size_t>(spec.outputs[i].node)]) events.frame(static_cast<int>(i), f);
    }
  }
  void mark(const Mark&) override { lines.push_back("mark"); }
  void request_keyframe() override { lines.push_back("keyframe"); }
  void end() override { events.ended(); }
  Result<void> set(std::string_view, const ParamInfo&, const Params&) override { return {}; }
  std::string dot() const override { return "digraph island {}\n"; }
};

}  // namespace rostrum::engine
