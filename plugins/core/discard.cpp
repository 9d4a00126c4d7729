// Where a graph may end: everything is taken, counted and let go.
#include "core/kinds.hpp"

#include <rostrum/gst.hpp>

namespace rostrum::core {
namespace {

class Discard final : public Sink {
 public:
  explicit Discard(NodeContext& context)
      : frames_(context.metrics().counter("rostrum_discarded_frames_total", "Frames that ended in a discard node")),
        bytes_(context.metrics().counter("rostrum_discarded_bytes_total", "Bytes of frames that ended in a discard node")) {}
  void add(const Rendition&) override {}
  void remove(int) override {}
  void mark(const Mark&) override {}
  void frame(int, const FramePtr& frame) override {
    frames_.add();
    bytes_.add(frame->data.size());
  }
  void horizon(MediaTime) override {}
  void end() override {}

 private:
  Counter& frames_;
  Counter& bytes_;
};

}  // namespace

Result<GstElement*> make_discard_raw(const NodeContext& context) {
  auto sink = gst::make("fakesink", context.node().c_str());
  if (!sink) return tl::unexpected(std::move(sink.error()));
  g_object_set(sink->get(), "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, nullptr);
  GstElement* element = sink->release();
  g_object_force_floating(G_OBJECT(element));
  return element;
}

Result<std::unique_ptr<Sink>> make_discard(NodeContext& context) {
  return std::make_unique<Discard>(context);
}

}  // namespace rostrum::core
