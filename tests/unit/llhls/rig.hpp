// A node's house that stands still: fake clock, fixed timeline, counters; and frames to feed it with.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <rostrum/node.hpp>

#include "llhls/packaging.hpp"

namespace rig {

using namespace rostrum;
using namespace std::chrono_literals;

/// 2026-11-21T10:00:00Z, where every rig starts.
inline constexpr MediaTime epoch = 1'795'255'200s;

class House final : public NodeContext, private Clock, private Metrics, private Timeline {
 public:
  House() { set_offset(0ns); }
  const std::string& stream() const override { return stream_; }
  const std::string& node() const override { return node_; }
  const Params& params() const override { return params_; }
  const Timeline& timeline() const override { return *this; }
  const Clock& clock() const override { return *this; }
  Metrics& metrics() const override { return const_cast<House&>(*this); }
  void post(std::function<void()> f) override { after(0ns, std::move(f)); }
  void after(Duration delay, std::function<void()> f) override {
    std::lock_guard lock(mutex_);
    timers_.emplace(now_.load() + delay, std::move(f));
  }
  void request_keyframe() override {}

  /// Moves the clock and runs what is due.
  void pass(Duration time);
  void shift_timeline(Duration offset) { set_offset(offset); }
  [[nodiscard]] std::uint64_t counted(const std::string& cell) { return counters_[cell].value(); }
  [[nodiscard]] double gauged(const std::string& name) { return gauges_[name].value(); }

 private:
  Duration monotonic() const override { return now_; }
  UtcTime utc() const override { return UtcTime(epoch + now_.load()); }
  Counter& counter(std::string_view name, std::string_view, const Labels& labels) override;
  Gauge& gauge(std::string_view name, std::string_view, const Labels&) override { return gauges_[std::string(name)]; }

  std::string stream_ = "live/cam", node_ = "hls";
  Params params_;
  std::atomic<Duration> now_ = Duration(1h);
  std::mutex mutex_;  // guards timers_
  std::multimap<Duration, std::function<void()>> timers_;
  std::map<std::string, Counter> counters_;
  std::map<std::string, Gauge> gauges_;
};

FormatPtr h264(Rational rate = {30, 1}, int width = 1280, int height = 720, char variant = 0);
FormatPtr aac(int sample_rate = 48'000, int frame_samples = 1024);
Rendition video(int id, std::string label, FormatPtr format = h264(), std::int64_t bitrate = 0);
Rendition audio(int id, std::string label, FormatPtr format = aac(), std::int64_t bitrate = 128'000);

/// Frame number `n` of a constant rate, counted from `epoch`.
MediaTime at(std::int64_t n, Rational rate);
FramePtr frame(const FormatPtr&, MediaTime pts, bool keyframe, std::size_t size = 100, MediaTime dts = MediaTime::min());

/// An answer that came, or is still owed.
struct Answer {
  std::shared_ptr<std::optional<HttpResponse>> slot = std::make_shared<std::optional<HttpResponse>>();
  [[nodiscard]] bool came() const { return slot->has_value(); }
  [[nodiscard]] int status() const { return came() ? (*slot)->status : 0; }
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] std::string body() const;
};

/// The node under test with a source in front of it: marks, frames of all renditions, horizon.
class Stage {
 public:
  explicit Stage(llhls::Options options = {});
  Answer get(const std::string& target, std::vector<Header> headers = {});
  [[nodiscard]] std::string text(const std::string& target) { return get(target).body(); }

  House house;
  std::unique_ptr<llhls::Packaging> node;
};

/// Plays constant-rate renditions in step with the house's clock.
class Source {
 public:
  Source(Stage& stage, Rational rate, int gop) : stage_(stage), rate_(rate), gop_(gop) {}
  Source& with_video(int id, FormatPtr format = nullptr, Duration late = 0ns);
  Source& with_audio(int id, FormatPtr format = aac());
  void without(int id) {
    std::erase_if(tracks_, [&](const Track& track) { return track.id == id; });
  }
  /// Frames up to `until` after the epoch.
  void play(Duration until);
  /// The next frames come after a pause, with a discontinuity.
  void jump(Duration ahead);
  int reorder = 0;                             // frames that pts is ahead of dts
  std::size_t size = 1000;                     // of a frame
  std::function<bool(std::int64_t)> keyframe;  // instead of every gop-th

 private:
  struct Track {
    int id;
    FormatPtr format;
    bool video;
    Duration late;
    std::int64_t next = 0;
    bool fresh = false;
  };
  [[nodiscard]] MediaTime time_of(const Track&, std::int64_t n) const;
  void give(Track&);

  Stage& stage_;
  Rational rate_;
  int gop_;
  MediaTime origin_ = epoch;
  Duration played_{};
  std::int64_t marked_ = -1;
  bool discontinuity_ = false;
  std::vector<Track> tracks_;
};

}  // namespace rig
