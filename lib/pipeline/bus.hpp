// A pipeline's bus, always drained: what is left on it would keep its elements alive.
#pragma once

#include <functional>

#include <rostrum/gst.hpp>

#include "pipeline/runtime.hpp"

namespace rostrum::pipeline {

class Bus {
 public:
  struct Events {
    std::function<void(GstMessage*)> error;
    std::function<void()> ended;
  };
  /// Messages come on the control thread, none after the destructor, which runs there too.
  Bus(GstElement* pipeline, const Control&, Events);
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  /// The first error that already waits, as text; for a pipeline that would not start. Before a Bus is made.
  static gst::Ref<GstMessage> first_error(GstElement* pipeline);

 private:
  static gboolean message(GstBus*, GstMessage*, gpointer) noexcept;

  Events events_;
  gst::Ref<GstElement> pipeline_;
  GSource* watch_;
};

}  // namespace rostrum::pipeline
