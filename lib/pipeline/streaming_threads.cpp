#include "pipeline/streaming_threads.hpp"

#include <pthread.h>

#include <utility>

#include <rostrum/gst.hpp>

namespace rostrum::pipeline {
namespace {

bool change_policy(int from, int to) {
  int policy = 0;
  sched_param param{};
  return pthread_getschedparam(pthread_self(), &policy, &param) == 0 && policy == from &&
         pthread_setschedparam(pthread_self(), to, &param) == 0;
}

thread_local bool ours = false;  // a host's own batch thread stays one

// Called on the streaming thread itself. GStreamer lends threads from one pool to all pipelines of a process, so one that leaves
// is given back as it came.
GstBusSyncReply entered_or_left(GstBus*, GstMessage* message, gpointer) noexcept {
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_STREAM_STATUS) return GST_BUS_PASS;
  GstStreamStatusType status{};
  gst_message_parse_stream_status(message, &status, nullptr);
  if (status == GST_STREAM_STATUS_TYPE_ENTER) ours = change_policy(SCHED_OTHER, SCHED_BATCH);
  if (status == GST_STREAM_STATUS_TYPE_LEAVE && std::exchange(ours, false)) change_policy(SCHED_BATCH, SCHED_OTHER);
  return GST_BUS_PASS;
}

}  // namespace

void batch_streaming_threads(GstElement* pipeline) {
  const auto bus = gst::adopt(gst_element_get_bus(pipeline));
  gst_bus_set_sync_handler(bus.get(), entered_or_left, nullptr, nullptr);
}

}  // namespace rostrum::pipeline
