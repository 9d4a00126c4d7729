#include "pipeline/thinner.hpp"

#include <utility>

#include "pipeline/running_time.hpp"

namespace rostrum::pipeline {
namespace {

constexpr GstClockTime spacing = GST_SECOND / 10;
constexpr GstClockTime quiet = 30 * GST_SECOND;  // between two lines about the same trouble

}  // namespace

Thinner::Thinner(gst::Ref<GstPad> decoded, const Input& input, const IslandSpec& spec, std::function<void()> began)
    : pad_(std::move(decoded)), input_(input), patience_(spec.patience), began_(std::move(began)) {
  if (spec.metrics)
    skipped_ =
        &spec.metrics->counter("rostrum_island_skipped_frames_total",
                               "Decoded pictures that were left out because encoders were behind", {{"input", input.name()}});
  probe_ = gst_pad_add_probe(pad_.get(), GST_PAD_PROBE_TYPE_BUFFER, frame, this, nullptr);
}

Thinner::~Thinner() {
  gst_pad_remove_probe(pad_.get(), probe_);
}

void Thinner::mark(GstClockTime running) {
  std::lock_guard lock(mutex_);
  if (marks_.empty() || marks_.back() < running) marks_.push_back(running);
}

bool Thinner::due(GstClockTime running) {
  std::lock_guard lock(mutex_);
  bool due = false;
  for (; !marks_.empty() && marks_.front() <= running; marks_.pop_front()) due = true;
  return due;
}

bool Thinner::passes(GstClockTime running) {
  const Duration late = input_.late();
  if (!thinning_ && late > patience_ / 2) {
    thinning_ = true;
    if (!said_ || running > *said_ + quiet) began_();
    said_ = running;
  } else if (late < patience_ / 6) {
    thinning_ = false;
  }
  return due(running) || !thinning_ || !passed_ || running >= *passed_ + spacing;
}

GstPadProbeReturn Thinner::frame(GstPad* pad, GstPadProbeInfo* info, gpointer data) noexcept {
  auto* self = static_cast<Thinner*>(data);
  const GstClockTime running = running_time(pad, GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)));
  if (!GST_CLOCK_TIME_IS_VALID(running)) return GST_PAD_PROBE_OK;
  if (!self->passes(running)) {
    if (self->skipped_) self->skipped_->add();
    return GST_PAD_PROBE_DROP;
  }
  self->passed_ = running;
  return GST_PAD_PROBE_OK;
}

}  // namespace rostrum::pipeline
