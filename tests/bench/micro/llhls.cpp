// The LL-HLS node without a network: frames to parts, parts to playlists, requests to answers.
#include <benchmark/benchmark.h>

#include "llhls/media_playlist.hpp"
#include "unit/llhls/rig.hpp"

namespace {

using namespace rig;
using namespace rostrum::llhls;

constexpr std::size_t frame_bytes = 2'500'000 / 8 / 30;

struct Nowhere final : PartSink {
  int format(const FormatPtr&) override { return 0; }
  void open(Segment) override {}
  void part(Part part) override { benchmark::DoNotOptimize(part.body.data()); }
  void close() override {}
};

// One frame of 2.5 Mbit/s at 30 frames a second, in parts of 500 ms, with its share of moof boxes and copies into mdat.
void cut(benchmark::State& state) {
  CutList cuts(6s, 6s, LongGop::cut);
  Nowhere out;
  Packager packager(Track::video, {.part = 500ms, .utc = [](const Cut& c, MediaTime) { return UtcTime(c.at); }}, cuts, out);
  const FormatPtr format = h264();
  const FramePtr key = frame(format, epoch, true, frame_bytes), other = frame(format, epoch, false, frame_bytes);
  std::int64_t n = 0;
  for ([[maybe_unused]] auto _ : state) {
    auto next = std::make_shared<Frame>(n % 60 == 0 ? *key : *other);
    next->pts = next->dts = at(n, {30, 1});
    if (n % 60 == 0) {
      cuts.mark({.pts = next->pts}, true, 0);
      cuts.forget(packager.msn());
    }
    packager.frame(next, false);
    ++n;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(frame_bytes));
}
BENCHMARK(cut);

Shelf full_shelf() {
  Shelf shelf({.window = {.segments = 3}, .target = 6s});
  shelf.add_init(Bytes(std::string(800, 'i')));
  for (std::int64_t msn = 100; msn < 104; ++msn) {
    shelf.open({.msn = msn, .utc = UtcTime(epoch + 6s * msn)});
    for (int part = 0; part < 12; ++part) shelf.add({Bytes(std::string(1, 'p')), 500ms, part % 4 == 0});
    if (msn < 103) shelf.close(6s * msn);
  }
  return shelf;
}

// As it is written with every part: three segments, 36 parts, a report on another rendition.
void playlist(benchmark::State& state) {
  const Shelf shelf = full_shelf();
  const PlaylistFacts facts{
      .token = "k3j5h7g9", .target = 6s, .part_target = 500ms, .hold_back = 1500ms, .reports = {{"aac", 103, 11}}};
  std::size_t size = 0;
  for ([[maybe_unused]] auto _ : state) size = media_playlist(shelf, facts).size();
  state.counters["bytes"] = static_cast<double>(size);
}
BENCHMARK(playlist);

// From the parsed request to the answer, headers and all.
void answer(benchmark::State& state, const char* target) {
  Stage stage;
  Source source(stage, {30, 1}, 60);
  stage.node->add(video(0, "720p"));
  source.with_video(0).play(20s);
  std::string path = target;
  if (path == "part") {  // the oldest that is listed
    constexpr std::string_view before = "#EXT-X-PART:DURATION=0.5,URI=\"";
    const std::string text = stage.text("720p/index.m3u8");
    const auto uri = text.find(before) + before.size();
    path = "720p/" + text.substr(uri, text.find('"', uri) - uri);
  }
  int status = 0;
  for ([[maybe_unused]] auto _ : state) status = stage.get(path).status();
  if (status != 200) state.SkipWithError("no answer");
}
BENCHMARK_CAPTURE(answer, playlist, "720p/index.m3u8");
BENCHMARK_CAPTURE(answer, part, "part");

}  // namespace
