// A plain C++ node of a running stream, with the house around it.
#pragma once

#include <memory>
#include <set>
#include <string>

#include <rostrum/node.hpp>

#include "engine/island_link.hpp"
#include "engine/strand.hpp"
#include "graph/plan.hpp"

namespace rostrum::engine {

/// Stream thread only, except handle(). Whoever drops the last reference, it is destroyed on the stream's thread.
class SinkNode final : public NodeContext {
 public:
  struct Around {
    std::string stream;
    const House& house;
    const Timeline& timeline;
    std::shared_ptr<Strand> strand;
    std::function<void()> request_keyframe;
  };
  static Result<std::shared_ptr<SinkNode>> make(const graph::PlanNode&, Around);

  [[nodiscard]] const KindInfo& kind() const { return kind_; }
  [[nodiscard]] Sink& sink() { return *sink_; }
  /// Adds the rendition under an id and a label that no other of this sink ever had.
  int add(Rendition);

  [[nodiscard]] const std::string& stream() const override { return around_.stream; }
  [[nodiscard]] const std::string& node() const override { return name_; }
  [[nodiscard]] const Params& params() const override { return params_; }
  [[nodiscard]] const Timeline& timeline() const override { return around_.timeline; }
  [[nodiscard]] const Clock& clock() const override { return around_.house.clock; }
  [[nodiscard]] Metrics& metrics() const override { return around_.house.metrics; }
  void post(std::function<void()> f) override;
  void after(Duration delay, std::function<void()> f) override;
  void request_keyframe() override { around_.request_keyframe(); }

 private:
  SinkNode(const graph::PlanNode& node, Around around)
      : name_(node.name), kind_(*node.kind), params_(node.params), around_(std::move(around)) {}

  std::string name_;
  const KindInfo& kind_;
  Params params_;
  Around around_;
  int next_id_ = 1;
  std::set<std::string> labels_;
  std::shared_ptr<void> alive_ = std::make_shared<int>();
  std::unique_ptr<Sink> sink_;
};

}  // namespace rostrum::engine
