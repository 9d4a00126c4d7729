// Sources made by ffmpeg, islands made from rows, and what came out of them.
#pragma once

#include <condition_variable>
#include <initializer_list>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <rostrum/media.hpp>
#include <rostrum/plugin.hpp>

#include "pipeline/island.hpp"

namespace studio {

using namespace rostrum;

/// Where tapes begin: media time as streams have it.
inline constexpr MediaTime t0{1'763'720'000'000'000'123};
constexpr double seconds(Duration d) {
  return static_cast<double>(d.count()) / 1e9;
}

struct Tape {
  std::vector<FramePtr> video;
  std::vector<FramePtr> audio;
  /// Both tracks in the order of decode times.
  [[nodiscard]] std::vector<std::pair<int, FramePtr>> mixed() const;
};
/// What `ffmpeg ARGUMENTS out.mp4` makes. The file is kept for other tests of this run.
Tape record(const std::string& arguments);
/// Black with a white flash and a 1 kHz beep for the first 100 ms of each second.
std::string flash_and_beep(int length, std::string_view video_options);

const KindInfo& kind(std::string_view name);
pipeline::IslandNode node(std::string name, const KindInfo&, std::initializer_list<std::pair<std::string, std::string>> params,
                          std::vector<pipeline::Feed> feeds);
inline pipeline::Feed from_input(int input) {
  return {.input = input, .in_port = "in"};
}
inline pipeline::Feed from_node(int index, std::string port = "out") {
  return {.node = index, .out_port = std::move(port), .in_port = "in"};
}

/// decode, and scale + encode for each height; one output a rung.
pipeline::IslandSpec ladder(const FormatPtr& video, std::initializer_list<std::pair<int, std::string>> rungs,
                            std::initializer_list<std::pair<std::string, std::string>> encode = {});
/// Adds an input and an audio encode of it; an output.
void add_audio(pipeline::IslandSpec&, const FormatPtr& audio, std::string codec, std::string always = "true");

/// Takes down what an island tells. Thread-safe.
class Recorder {
 public:
  pipeline::IslandEvents events();
  [[nodiscard]] std::vector<FramePtr> output(int index);
  [[nodiscard]] std::vector<std::string> notes();
  [[nodiscard]] std::vector<Error> errors();
  [[nodiscard]] std::vector<Mark> marks();
  [[nodiscard]] int ends();
  /// False where it does not come within ten seconds.
  bool wait_end();
  bool wait_error();
  bool wait_frames(int output, std::size_t count);

 private:
  template <class F>
  bool wait(F);
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, std::vector<FramePtr>> frames_;
  std::vector<std::string> notes_;
  std::vector<Error> errors_;
  std::vector<Mark> marks_;
  int ends_ = 0;
};

/// The island, running; the test ends where it does not start.
std::unique_ptr<pipeline::Island> start(pipeline::IslandSpec, Recorder&);

/// Pushes a tape with a mark at each of its video's keyframes, then ends.
void play(pipeline::Island&, const Tape&);

/// For messages: seconds from t0.
std::string text_of(const std::set<std::int64_t>& times);
std::set<std::int64_t> times(const std::vector<FramePtr>&);
std::set<std::int64_t> keyframes(const std::vector<FramePtr>&);

/// Seconds from t0 at which the first beep after `after` is heard when the frames are decoded with nothing cut off.
double beep(const std::vector<FramePtr>&, double after = 0.5);
/// Seconds from t0 at which the first white picture after `after` is shown.
double flash(const std::vector<FramePtr>&, double after = 0.5);
/// Decodes all pictures with ffmpeg's decoder; how many came out.
std::size_t pictures(const std::vector<FramePtr>&);

/// Counts by name; its cells live as long as it.
class Counters final : public Metrics {
 public:
  Counter& counter(std::string_view name, std::string_view, const Labels&) override { return counters_[std::string(name)]; }
  Gauge& gauge(std::string_view name, std::string_view, const Labels&) override { return gauges_[std::string(name)]; }

 private:
  std::map<std::string, Counter> counters_;
  std::map<std::string, Gauge> gauges_;
};

}  // namespace studio
