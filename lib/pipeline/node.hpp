// One node of an island: its element or bin, made from its kind's row.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include <rostrum/gst.hpp>

#include "pipeline/island.hpp"
#include "pipeline/runtime.hpp"

namespace rostrum::pipeline {

/// The house as an island's node sees it. Work that is posted runs on the control thread.
class Place final : public NodeContext {
 public:
  Place(const IslandSpec&, const IslandNode&, FormatPtr input, Control&, std::function<void()> request_keyframe);
  ~Place() override;
  [[nodiscard]] const std::string& stream() const override { return stream_; }
  [[nodiscard]] const std::string& node() const override { return node_; }
  [[nodiscard]] const Params& params() const override { return params_; }
  [[nodiscard]] const Timeline& timeline() const override { return timeline_; }
  [[nodiscard]] const Clock& clock() const override { return clock_; }
  [[nodiscard]] Metrics& metrics() const override { return metrics_; }
  void post(std::function<void()> f) override { after({}, std::move(f)); }
  void after(Duration delay, std::function<void()> f) override;
  void request_keyframe() override { request_keyframe_(); }
  [[nodiscard]] FormatPtr input() const override { return input_; }

 private:
  std::string stream_, node_;
  Params params_;
  const Timeline& timeline_;
  const Clock& clock_;
  Metrics& metrics_;
  FormatPtr input_;
  Control& control_;
  std::function<void()> request_keyframe_;
  std::shared_ptr<std::monostate> alive_;
};

/// The element of a node, from its kind's function or launch line, with its parameters set. Control thread only. Fails with
/// Errc::missing_element, Errc::unsupported or Errc::bad_param.
Result<gst::Ref<GstElement>> make_element(const IslandNode&, const Place&);

/// The pad of a port: the static pad of its name, or "sink" or "src".
gst::Ref<GstPad> pad_of(GstElement*, std::string_view port, Direction);

/// Sets "element.property" within a launch line's bin to the parameter's value, with the property's own type. Fails with
/// Errc::bad_param where the bin has no such property or it refuses the value.
Result<void> set_property(GstElement* bin, const ParamInfo&, const Params&);

}  // namespace rostrum::pipeline
