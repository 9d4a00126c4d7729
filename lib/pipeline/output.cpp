#include "pipeline/output.hpp"

#include <gst/app/gstappsink.h>

#include "pipeline/caps.hpp"

namespace rostrum::pipeline {
namespace {

// An encoder's decode times may lie before the segment (x264enc shifts its segment by 1000 h to have room for them).
std::int64_t running_time(const GstSegment* segment, GstClockTime t) {
  guint64 distance = 0;
  const int sign = gst_segment_to_running_time_full(segment, GST_FORMAT_TIME, t, &distance);
  return sign * static_cast<std::int64_t>(distance);
}

}  // namespace

Output::Output(const Origin& origin, Events events) : origin_(origin), events_(std::move(events)) {
  auto sink = gst::make("appsink");
  if (!sink) return;
  sink_ = std::move(*sink);
  const auto caps = encoded_caps();
  g_object_set(sink_.get(), "sync", FALSE, "async", FALSE, "qos", FALSE, "enable-last-sample", FALSE, "emit-signals", FALSE,
               "wait-on-eos", FALSE, "caps", caps.get(), nullptr);
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = [](GstAppSink*, gpointer self) noexcept {
    return static_cast<Output*>(self)->sample() ? GST_FLOW_OK : GST_FLOW_ERROR;
  };
  gst_app_sink_set_callbacks(GST_APP_SINK(sink_.get()), &callbacks, this, nullptr);
}

Output::~Output() = default;

void Output::discontinuity(MediaTime at) {
  std::lock_guard lock(mutex_);
  if (breaks_.empty() || breaks_.back() < at) breaks_.push_back(at);
}

bool Output::broken_at(MediaTime pts) {
  std::lock_guard lock(mutex_);
  bool broken = false;
  for (; !breaks_.empty() && breaks_.front() <= pts; breaks_.pop_front()) broken = true;
  return broken;
}

Result<void> Output::read_format(GstCaps* caps) {
  auto format = format_of(caps);
  if (!format) return tl::unexpected(std::move(format.error()));
  if (!format_ || !same(*format_, **format)) format_ = std::move(*format);
  caps_ = gst::adopt(gst_caps_ref(caps));
  return {};
}

bool Output::sample() {
  const auto sample = gst::adopt(gst_app_sink_pull_sample(GST_APP_SINK(sink_.get())));
  if (!sample) return true;  // flushing
  GstBuffer* buffer = gst_sample_get_buffer(sample.get());
  GstCaps* caps = gst_sample_get_caps(sample.get());
  if (!buffer || !caps || !GST_BUFFER_PTS_IS_VALID(buffer)) return true;
  const FormatPtr before = format_;
  if (caps != caps_.get()) {
    if (auto read = read_format(caps); !read) {
      events_.failed(std::move(read.error()));
      return false;
    }
  }
  const GstSegment* segment = gst_sample_get_segment(sample.get());
  auto frame = std::make_shared<Frame>();
  frame->format = format_;
  frame->data = bytes_of(buffer);
  frame->pts = origin_.media(running_time(segment, GST_BUFFER_PTS(buffer)));
  frame->dts = GST_BUFFER_DTS_IS_VALID(buffer) ? origin_.media(running_time(segment, GST_BUFFER_DTS(buffer))) : frame->pts;
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) frame->duration = Duration(GST_BUFFER_DURATION(buffer));
  frame->keyframe = format_->track() == Track::audio || !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  frame->discontinuity = broken_at(frame->pts) || (before && before != format_);
  events_.frame(std::move(frame));
  return true;
}

}  // namespace rostrum::pipeline
