#include "engine/sink_node.hpp"

namespace rostrum::engine {

Result<std::shared_ptr<SinkNode>> SinkNode::make(const graph::PlanNode& plan, Around around) {
  const auto strand = around.strand;
  // A request on another thread may hold the last reference; a sink is destroyed where it lives all the same.
  std::shared_ptr<SinkNode> node(new SinkNode(plan, std::move(around)), [strand](SinkNode* last) {
    const std::shared_ptr<SinkNode> owner(last);
    if (!strand->here()) strand->post([owner] {});
  });
  auto sink = plan.kind->sink(*node);
  if (!sink) {
    if (sink.error().where.empty()) sink.error().where = plan.place;
    return tl::unexpected(std::move(sink.error()));
  }
  node->sink_ = std::move(*sink);
  return node;
}

int SinkNode::add(Rendition rendition) {
  rendition.id = next_id_++;
  const std::string wanted = rendition.label;
  for (int n = 2; !labels_.insert(rendition.label).second; ++n) rendition.label = wanted + "-" + std::to_string(n);
  sink_->add(rendition);
  return rendition.id;
}

void SinkNode::post(std::function<void()> f) {
  around_.strand->post([alive = std::weak_ptr(alive_), f = std::move(f)] {
    if (const auto token = alive.lock()) f();
  });
}

void SinkNode::after(Duration delay, std::function<void()> f) {
  around_.strand->after(delay, [alive = std::weak_ptr(alive_), f = std::move(f)] {
    if (const auto token = alive.lock()) f();
  });
}

}  // namespace rostrum::engine
