#include <atomic>
#include <cstdlib>
#include <future>

#include <doctest/doctest.h>
#include <pthread.h>
#include <rostrum/gst.hpp>

#include "pipeline/runtime.hpp"
#include "studio.hpp"

using namespace studio;

namespace {

int policy() {
  int policy = -1;
  sched_param param{};
  pthread_getschedparam(pthread_self(), &policy, &param);
  return policy;
}

/// Of the thread that streams in a pipeline that is not ours.
int policy_elsewhere() {
  auto pipeline = gst::sink(gst_parse_launch("fakesrc num-buffers=1 ! fakesink name=sink signal-handoffs=true", nullptr));
  const auto sink = gst::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink"));
  std::promise<int> seen;
  g_signal_connect(sink.get(), "handoff", G_CALLBACK(+[](GstElement*, GstBuffer*, GstPad*, gpointer data) {
                     static_cast<std::promise<int>*>(data)->set_value(policy());
                   }),
                   &seen);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const int found = seen.get_future().get();
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return found;
}

}  // namespace

TEST_CASE("pipeline: trace messages of elements are not even made") {
  REQUIRE(pipeline::initialise());
  if (!std::getenv("GST_DEBUG")) CHECK(_gst_debug_min <= GST_LEVEL_WARNING);
}

TEST_CASE("pipeline: an island's threads are batch threads, and given back as they came") {
  REQUIRE(pipeline::initialise());
  const Tape tape = record("-f lavfi -i testsrc2=s=320x180:r=30:d=1 -pix_fmt yuv420p -c:v libx264 -preset ultrafast");
  const int own = policy();
  const int wanted = own == SCHED_OTHER ? SCHED_BATCH : own;
  Recorder recorder;
  auto events = recorder.events();
  std::atomic<int> frames = 0, others = 0;
  events.frame = [&, told = events.frame](int output, FramePtr frame) {
    ++frames;
    if (policy() != wanted) ++others;
    told(output, std::move(frame));
  };
  auto island = pipeline::Island::make(ladder(tape.video.front()->format, {{180, "300k"}, {90, "100k"}}), events);
  REQUIRE(island);
  play(**island, tape);
  REQUIRE(recorder.wait_end());
  island->reset();
  CHECK(frames == 60);
  CHECK(others == 0);
  for (int i = 0; i < 4; ++i) CHECK(policy_elsewhere() == own);
}
