#include "pipeline/node.hpp"

#include <fmt/core.h>

#include "pipeline/launch.hpp"

namespace rostrum::pipeline {
namespace {

class NoMetrics final : public Metrics {
 public:
  Counter& counter(std::string_view, std::string_view, const Labels&) override { return counter_; }
  Gauge& gauge(std::string_view, std::string_view, const Labels&) override { return gauge_; }

 private:
  Counter counter_;
  Gauge gauge_;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Duration monotonic() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
  [[nodiscard]] UtcTime utc() const override { return std::chrono::system_clock::now(); }
};

template <class T, class Fallback>
T& or_else(T* given) {
  static Fallback fallback;
  return given ? *given : fallback;
}

}  // namespace

Place::Place(const IslandSpec& spec, const IslandNode& node, FormatPtr input, Control& control,
             std::function<void()> request_keyframe)
    : stream_(spec.stream),
      node_(node.name),
      params_(node.params),
      timeline_(or_else<const Timeline, Timeline>(spec.timeline)),
      clock_(or_else<const Clock, SystemClock>(spec.clock)),
      metrics_(or_else<Metrics, NoMetrics>(spec.metrics)),
      input_(std::move(input)),
      control_(control),
      request_keyframe_(std::move(request_keyframe)),
      alive_(std::make_shared<std::monostate>()) {}

Place::~Place() = default;

void Place::after(Duration delay, std::function<void()> f) {
  control_.post(
      [alive = std::weak_ptr(alive_), f = std::move(f)] {
        if (const auto held = alive.lock()) f();
      },
      delay);
}

Result<gst::Ref<GstElement>> make_element(const IslandNode& node, const Place& place) {
  if (node.kind->element) {
    auto element = node.kind->element(place);
    if (!element) return tl::unexpected(std::move(element.error()));
    return gst::sink(*element);
  }
  if (node.kind->launch.empty())
    return fail(Errc::unsupported, {}, fmt::format("{} is no kind that works on raw media", node.kind->name));
  auto bin = parse_launch(node.kind->launch);
  if (!bin) return bin;
  for (const ParamInfo& row : node.kind->params) {
    if (row.property.empty() || !node.params.has(row.name)) continue;
    if (auto set = set_property(bin->get(), row, node.params); !set) return tl::unexpected(std::move(set.error()));
  }
  return bin;
}

gst::Ref<GstPad> pad_of(GstElement* element, std::string_view port, Direction direction) {
  if (GstPad* pad = gst_element_get_static_pad(element, std::string(port).c_str())) return gst::adopt(pad);
  return gst::adopt(gst_element_get_static_pad(element, direction == Direction::in ? "sink" : "src"));
}

}  // namespace rostrum::pipeline
