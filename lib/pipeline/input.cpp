#include "pipeline/input.hpp"

#include <algorithm>

#include <gst/app/gstappsrc.h>

#include "pipeline/caps.hpp"

namespace rostrum::pipeline {

Input::Input(const IslandInput& input, const IslandSpec& spec, Origin& origin)
    : name_(input.name),
      bound_(spec.bound),
      patience_(spec.patience),
      clock_(spec.clock),
      origin_(origin),
      format_(input.format) {
  auto source = gst::make("appsrc", name_.c_str());
  if (!source) return;
  source_ = std::move(*source);
  g_object_set(source_.get(), "format", GST_FORMAT_TIME, "is-live", TRUE, "do-timestamp", FALSE, "block", FALSE, "emit-signals",
               FALSE, "max-bytes", guint64{0}, nullptr);
  const auto caps = caps_of(*format_);
  gst_app_src_set_caps(GST_APP_SRC(source_.get()), caps.get());
  const auto pad = gst::adopt(gst_element_get_static_pad(source_.get(), "src"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, left, this, nullptr);
  if (spec.metrics)
    dropped_ =
        &spec.metrics->counter("rostrum_island_input_dropped_frames_total",
                               "Frames that decoders and encoders had no time for, up to the next keyframe", {{"input", name_}});
}

Input::~Input() = default;

GstPadProbeReturn Input::left(GstPad*, GstPadProbeInfo*, gpointer self) noexcept {
  static_cast<Input*>(self)->left_.fetch_add(1, std::memory_order_relaxed);
  return GST_PAD_PROBE_OK;
}

Duration Input::now() const {
  return clock_ ? clock_->monotonic() : std::chrono::steady_clock::now().time_since_epoch();
}

Duration Input::backlog() const {
  return waiting_.empty() ? Duration{} : media_ - waiting_.front().at;
}

Input::Taken Input::push(const FramePtr& frame) {
  if (frame->format->codec != format_->codec) return Taken::other_codec;
  const auto pts = origin_.running(frame->pts);
  const auto dts = origin_.running(frame->dts);
  for (auto gone = left_.exchange(0, std::memory_order_relaxed); gone > 0 && !waiting_.empty(); --gone) waiting_.pop_front();
  // A burst is ahead too, but has not waited: decoders may be through with it before anybody misses it.
  const Duration late = waiting_.empty() ? Duration{} : std::min(backlog(), now() - waiting_.front().since);
  late_.store(late, std::memory_order_relaxed);
  const bool slow = late > patience_;
  const bool full = slow || waiting_.size() >= bound_;
  const bool resumes = dropping_ && frame->keyframe && waiting_.size() < bound_ && backlog() <= patience_ / 3;
  if (!pts || (dropping_ ? !resumes : full)) {
    if (dropped_) dropped_->add();
    const bool began = !dropping_;
    dropping_ = true;
    return began ? Taken::began_to_drop : Taken::dropped;
  }
  dropping_ = false;
  if (frame->format != format_) {
    if (!same(*frame->format, *format_)) {
      const auto caps = caps_of(*frame->format);
      gst_app_src_set_caps(GST_APP_SRC(source_.get()), caps.get());
    }
    format_ = frame->format;
  }
  auto buffer = buffer_of(frame->data);
  GST_BUFFER_PTS(buffer.get()) = *pts;
  GST_BUFFER_DTS(buffer.get()) = dts.value_or(*pts);
  if (frame->duration > Duration::zero()) GST_BUFFER_DURATION(buffer.get()) = static_cast<GstClockTime>(frame->duration.count());
  if (!frame->keyframe) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DELTA_UNIT);
  if (frame->discontinuity || resumes) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
  if (!resumes && !frame->discontinuity && last_ != MediaTime{}) media_ += std::max(frame->dts - last_, Duration{});
  last_ = frame->dts;
  waiting_.push_back({media_, now()});
  gst_app_src_push_buffer(GST_APP_SRC(source_.get()), buffer.release());
  return Taken::yes;
}

void Input::end() {
  late_ = Duration{};
  gst_app_src_end_of_stream(GST_APP_SRC(source_.get()));
}

}  // namespace rostrum::pipeline
