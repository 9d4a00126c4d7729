#include "pipeline/bus.hpp"

namespace rostrum::pipeline {

Bus::Bus(GstElement* pipeline, const Control& control, Events events)
    : events_(std::move(events)), pipeline_(gst::share(pipeline)) {
  const auto bus = gst::adopt(gst_element_get_bus(pipeline));
  watch_ = gst_bus_create_watch(bus.get());
  g_source_set_callback(watch_, G_SOURCE_FUNC(message), this, nullptr);
  g_source_attach(watch_, control.context());
}

Bus::~Bus() {
  g_source_destroy(watch_);
  g_source_unref(watch_);
}

gst::Ref<GstMessage> Bus::first_error(GstElement* pipeline) {
  const auto bus = gst::adopt(gst_element_get_bus(pipeline));
  return gst::adopt(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
}

gboolean Bus::message(GstBus*, GstMessage* message, gpointer data) noexcept {
  auto* self = static_cast<Bus*>(data);
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
      self->events_.error(message);
      break;
    case GST_MESSAGE_EOS:
      self->events_.ended();
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency(GST_BIN(self->pipeline_.get()));
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

}  // namespace rostrum::pipeline
