// Real publishers against the door on a real socket.
#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include <rostrum/plugin.hpp>

#include "base/params.hpp"
#include "fake_house.hpp"
#include "net/listener.hpp"

namespace rostrum {
extern const PluginInfo rtmp_plugin;
}

using namespace rostrum;
using namespace rostrum::rtmp::test;
using namespace std::chrono_literals;

namespace {

// A house for several connections at once: every question is answered on the connection's thread.
class SocketHouse final : public DoorContext {
 public:
  SocketHouse() : params_(*params_of(door().params)) {
    auto made = net::listen(reactor_, net::make_admission({}, metrics_), "rtmp", "127.0.0.1", 0,
                            [this](Connection& connection) { return door().accept(*this, connection); });
    REQUIRE_MESSAGE(made.has_value(), made.error().message());
    listener_ = std::move(*made);
  }
  static const DoorInfo& door() { return rtmp_plugin.doors[0]; }
  std::string url(std::string_view path) const { return "rtmp://" + listener_->address() + std::string(path); }

  const Params& params() const override { return params_; }
  Metrics& metrics() const override { return metrics_; }
  void publish(Connection& connection, PublishRequest request, Duration, std::function<void(std::string_view)>,
               std::function<void(Result<std::unique_ptr<Publisher>>)> answer) override {
    connection.post([this, request = std::move(request), answer = std::move(answer)] {
      const std::lock_guard lock(mutex_);
      if (request.name == "taken") return answer(fail(Errc::busy, "", "live/taken is published already"));
      published_ = std::make_shared<Published>();
      request_ = request;
      answer(std::make_unique<Recorder>(*this, published_));
    });
  }

  /// What the only publisher did, once it has ended.
  Published wait() {
    std::unique_lock lock(mutex_);
    REQUIRE_MESSAGE(ended_.wait_for(lock, 30s, [&] { return published_ && published_->ended; }),
                    "no publisher came and went within 30 s");
    return *published_;
  }
  PublishRequest request() {
    const std::lock_guard lock(mutex_);
    return request_;
  }

 private:
  // Frames arrive on network threads and are read on the test's after the end.
  class Recorder final : public Publisher {
   public:
    Recorder(SocketHouse& house, std::shared_ptr<Published> log) : house_(house), inner_(std::in_place, std::move(log)) {}
    ~Recorder() override {
      const std::lock_guard lock(house_.mutex_);
      inner_.reset();
    }
    void announce(bool video, bool audio, Rational rate) override {
      const std::lock_guard lock(house_.mutex_);
      inner_->announce(video, audio, rate);
    }
    void frame(Frame frame) override {
      const std::lock_guard lock(house_.mutex_);
      inner_->frame(std::move(frame));
    }
    void end(std::string_view why) override {
      const std::lock_guard lock(house_.mutex_);
      inner_->end(why);
      house_.ended_.notify_all();
    }

   private:
    SocketHouse& house_;
    std::optional<FakePublisher> inner_;  // guarded by the house's mutex_
  };

  mutable FakeMetrics metrics_;
  Params params_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::shared_ptr<Published> published_;  // guarded by mutex_
  PublishRequest request_;                // guarded by mutex_
  net::Reactor reactor_{1};
  std::unique_ptr<net::Listener> listener_;
};

// Runs a program to its end; gives its exit code.
int run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    if (end > at) words.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

int ffmpeg(const std::string& codecs, const std::string& url, const std::string& program = "ffmpeg") {
  auto words = split(
      program +
      " -nostdin -v error -f lavfi -i testsrc=size=320x180:rate=30:duration=2 -f lavfi -i sine=sample_rate=48000:duration=2 "
      "-pix_fmt yuv420p " +
      codecs + " -f flv -flvflags no_duration_filesize");
  words.push_back(url);
  return run(words);
}

// An ffmpeg that speaks Enhanced RTMP: ROSTRUM_FFMPEG, or the one in the virtual environment that ./run test makes; "" where
// there is none.
std::string enhanced_ffmpeg() {
  namespace fs = std::filesystem;
  if (const char* given = std::getenv("ROSTRUM_FFMPEG")) return given;
  std::error_code none;
  for (const auto& python : fs::directory_iterator(fs::path(SOURCE_DIR) / "build/venv/lib", none))
    for (const auto& binary : fs::directory_iterator(python.path() / "site-packages/imageio_ffmpeg/binaries", none))
      if (binary.path().filename().string().starts_with("ffmpeg-")) return binary.path();
  return {};
}

void check_steady(const std::vector<Frame>& frames) {
  for (std::size_t i = 1; i < frames.size(); ++i) CHECK(frames[i].dts > frames[i - 1].dts);
  for (const Frame& frame : frames) CHECK(frame.pts >= frame.dts);
}

void check_two_seconds(const Published& published, Codec video, Codec audio, std::size_t audio_frames) {
  const auto pictures = published.of(Track::video);
  const auto sounds = published.of(Track::audio);
  REQUIRE(pictures.size() == 60);
  CHECK(pictures[0].format->codec == video);
  CHECK(pictures[0].format->width == 320);
  CHECK(pictures[0].format->height == 180);
  CHECK(std::count_if(pictures.begin(), pictures.end(), [](const Frame& frame) { return frame.keyframe; }) == 2);
  CHECK(pictures[0].keyframe);
  CHECK(pictures[30].keyframe);
  CHECK(sounds.size() >= audio_frames);
  CHECK(sounds.size() <= audio_frames + 3);
  CHECK(sounds.at(0).format->codec == audio);
  CHECK(sounds.at(0).format->sample_rate == 48000);
  check_steady(pictures);
  check_steady(sounds);
  REQUIRE(!published.announcements.empty());
  CHECK(published.announcements[0].video);
  CHECK(published.announcements[0].audio);
  CHECK(published.announcements[0].rate == Rational{30, 1});
}

std::string gstreamer(std::string_view sink, const std::string& url) {
  return "gst-launch-1.0 -q videotestsrc num-buffers=60 ! video/x-raw,width=320,height=180,framerate=30/1 ! x264enc "
         "tune=zerolatency "
         "key-int-max=30 ! h264parse ! queue ! flvmux name=mux streamable=true ! " +
         std::string(sink) + " location=" + url +
         " audiotestsrc num-buffers=94 samplesperbuffer=1024 ! audio/x-raw,rate=48000 ! avenc_aac ! aacparse ! queue ! mux.";
}

}  // namespace

TEST_CASE("rtmp: ffmpeg publishes H.264 with B-frames and AAC") {
  SocketHouse house;
  CHECK(ffmpeg("-c:v libx264 -preset ultrafast -bf 2 -g 30 -sc_threshold 0 -c:a aac", house.url("/live/room/cam?token=t")) == 0);
  const Published published = house.wait();
  check_two_seconds(published, Codec::h264, Codec::aac, 94);
  CHECK(published.ended == "FCUnpublish");
  CHECK(house.request().app == "live/room");
  CHECK(house.request().name == "cam");
  CHECK(house.request().query == "token=t");
}

TEST_CASE("rtmp: ffmpeg is told that a name is live, and fails") {
  SocketHouse house;
  CHECK(ffmpeg("-c:v libx264 -preset ultrafast -c:a aac -loglevel quiet", house.url("/live/taken")) != 0);
}

TEST_CASE("rtmp: GStreamer's rtmp2sink publishes") {
  SocketHouse house;
  CHECK(run(split(gstreamer("rtmp2sink", house.url("/live/cam")))) == 0);
  check_two_seconds(house.wait(), Codec::h264, Codec::aac, 94);
}

TEST_CASE("rtmp: GStreamer's rtmpsink, on librtmp like OBS, publishes") {
  SocketHouse house;
  CHECK(run(split(gstreamer("rtmpsink", house.url("/live/cam")))) == 0);
  check_two_seconds(house.wait(), Codec::h264, Codec::aac, 94);
}

TEST_CASE("rtmp: a newer ffmpeg publishes HEVC, AV1 and Opus by Enhanced RTMP") {
  const std::string program = enhanced_ffmpeg();
  if (program.empty()) {
    MESSAGE("SKIPPED: no ffmpeg >= 7 (./run test puts one into build/venv)");
    return;
  }
  SocketHouse hevc;
  CHECK(ffmpeg("-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=30:open-gop=0:min-keyint=30:scenecut=0 -c:a "
               "libopus -b:a 64k",
               hevc.url("/live/hevc"), program) == 0);
  check_two_seconds(hevc.wait(), Codec::hevc, Codec::opus, 100);
  setenv("SVT_LOG", "1", 1);  // errors only
  SocketHouse av1;
  CHECK(ffmpeg("-c:v libsvtav1 -preset 12 -g 30 -svtav1-params fast-decode=0 -c:a aac", av1.url("/live/av1"), program) == 0);
  check_two_seconds(av1.wait(), Codec::av1, Codec::aac, 94);
}
