#include "engine/island_plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace rostrum::engine {

IslandPlan plan_island(const graph::Plan& plan, const IslandWires& wires, const std::vector<bool>& alive,
                       const std::function<FormatPtr(const Outlet&)>& format_of) {
  IslandPlan made;
  for (const Outlet& outlet : wires.inputs) {
    const FormatPtr format = format_of(outlet);
    if (!format) continue;
    made.inputs.push_back(outlet);
    made.spec.inputs.push_back({name_of(plan, outlet), format});
  }
  std::map<int, int> kept;  // node of the plan -> node of the island
  for (const int index : wires.nodes) {
    if (!alive[static_cast<std::size_t>(index)]) continue;
    const graph::PlanNode& node = plan.nodes[static_cast<std::size_t>(index)];
    pipeline::IslandNode added{node.name, node.kind, node.params, {}, node.place};
    for (const graph::Link& link : node.inputs) {
      const auto input = std::ranges::find(made.inputs, Outlet{link.from, link.out_port});
      const auto before = kept.find(link.from);
      if (input != made.inputs.end()) {
        const auto number = static_cast<int>(input - made.inputs.begin());
        added.feeds.push_back({number, -1, std::string(link.out_port), std::string(link.in_port)});
      } else if (before != kept.end()) {
        added.feeds.push_back({-1, before->second, std::string(link.out_port), std::string(link.in_port)});
      }
    }
    kept[index] = static_cast<int>(made.spec.nodes.size());
    made.spec.nodes.push_back(std::move(added));
  }
  for (const Outlet& outlet : wires.outputs) {
    if (!kept.contains(outlet.node)) continue;
    made.spec.outputs.push_back({kept[outlet.node], std::string(outlet.port)});
    made.outputs.push_back(outlet);
  }
  return made;
}

}  // namespace rostrum::engine
