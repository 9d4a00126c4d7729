#include "pipeline/marked_node.hpp"

#include <utility>

#include <gst/video/video.h>

#include "pipeline/running_time.hpp"

namespace rostrum::pipeline {
namespace {

void ask(GstPad* out, GstClockTime running) {
  gst_pad_send_event(out, gst_video_event_new_upstream_force_key_unit(running, TRUE, 0));
}

}  // namespace

MarkedNode::MarkedNode(gst::Ref<GstPad> in, gst::Ref<GstPad> out) : in_(std::move(in)), out_(std::move(out)) {
  probe_ = gst_pad_add_probe(in_.get(), GST_PAD_PROBE_TYPE_BUFFER, frame, this, nullptr);
}

MarkedNode::~MarkedNode() {
  gst_pad_remove_probe(in_.get(), probe_);
}

void MarkedNode::mark(GstClockTime running) {
  std::lock_guard lock(mutex_);
  if (marks_.empty() || marks_.back() < running) marks_.push_back(running);
}

void MarkedNode::now() {
  if (frames_ > 1) ask(out_.get(), GST_CLOCK_TIME_NONE);
}

GstPadProbeReturn MarkedNode::frame(GstPad* pad, GstPadProbeInfo* info, gpointer data) noexcept {
  auto* self = static_cast<MarkedNode*>(data);
  const GstClockTime running = running_time(pad, GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)));
  if (!GST_CLOCK_TIME_IS_VALID(running)) return GST_PAD_PROBE_OK;
  bool due = false;
  {
    std::lock_guard lock(self->mutex_);
    for (; !self->marks_.empty() && self->marks_.front() <= running; self->marks_.pop_front()) due = true;
  }
  const int before = self->frames_;
  if (before < 2) self->frames_ = before + 1;
  if (before > 0 && due) ask(self->out_.get(), running);
  return GST_PAD_PROBE_OK;
}

}  // namespace rostrum::pipeline
