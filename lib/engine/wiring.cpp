#include "engine/wiring.hpp"

#include <algorithm>
#include <numeric>

namespace rostrum::engine {
namespace {

const ParamInfo* row(const KindInfo& kind, std::string_view name, Type type) {
  const auto found = std::ranges::find_if(kind.params, [&](const ParamInfo& p) { return p.name == name && p.type == type; });
  return found == kind.params.end() ? nullptr : &*found;
}

// Nodes that end in a sink: nothing else runs.
std::vector<bool> read_nodes(const graph::Plan& plan) {
  std::vector<bool> read(plan.nodes.size());
  for (std::size_t i = plan.nodes.size(); i-- > 0;) {
    if (plan.nodes[i].kind->role == Role::sink) read[i] = true;
    if (!read[i]) continue;
    for (const graph::Link& link : plan.nodes[i].inputs) read[static_cast<std::size_t>(link.from)] = true;
  }
  return read;
}

void add_once(std::vector<Outlet>& outlets, const Outlet& outlet) {
  if (std::ranges::find(outlets, outlet) == outlets.end()) outlets.push_back(outlet);
}

}  // namespace

bool to_sink(const KindInfo& kind, const graph::Link& link) {
  return kind.sink != nullptr && !overlap(link.media, Media::raw);
}

Wiring wire(const graph::Plan& plan) {
  Wiring wiring;
  const std::size_t count = plan.nodes.size();
  const std::vector<bool> read = read_nodes(plan);
  const auto in_island = [&](std::size_t i) {
    const KindInfo& kind = *plan.nodes[i].kind;
    if (!read[i] || kind.name == graph::publisher_kind) return false;
    return kind.sink == nullptr ||
           std::ranges::any_of(plan.nodes[i].inputs, [&](const graph::Link& l) { return !to_sink(kind, l); });
  };

  // Union by the lowest node: islands come out in the plan's order.
  std::vector<std::size_t> root(count);
  std::iota(root.begin(), root.end(), 0);
  const auto find = [&](std::size_t i) {
    while (root[i] != i) i = root[i];
    return i;
  };
  for (std::size_t i = 0; i < count; ++i) {
    if (!in_island(i)) continue;
    for (const graph::Link& link : plan.nodes[i].inputs) {
      const auto from = static_cast<std::size_t>(link.from);
      if (!overlap(link.media, Media::raw) || !in_island(from)) continue;
      const auto [low, high] = std::minmax({find(i), find(from)});  // by value: the list form keeps no reference
      root[high] = low;
    }
  }
  std::vector<int> island_of(count, -1);
  for (std::size_t i = 0; i < count; ++i) {
    const graph::PlanNode& node = plan.nodes[i];
    if (node.kind->name == graph::publisher_kind) wiring.publisher = static_cast<int>(i);
    if (std::ranges::any_of(node.inputs, [&](const graph::Link& l) { return to_sink(*node.kind, l); }))
      wiring.sinks.push_back(static_cast<int>(i));
    if (!in_island(i)) continue;
    int& island = island_of[find(i)];
    if (island < 0) {
      island = static_cast<int>(wiring.islands.size());
      wiring.islands.emplace_back();
    }
    island_of[i] = island;
    wiring.islands[static_cast<std::size_t>(island)].nodes.push_back(static_cast<int>(i));
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!read[i]) continue;
    for (const graph::Link& link : plan.nodes[i].inputs) {
      const int from = island_of[static_cast<std::size_t>(link.from)];
      const int to = to_sink(*plan.nodes[i].kind, link) ? -1 : island_of[i];
      if (from == to && from >= 0) continue;
      const Outlet outlet{link.from, link.out_port};
      if (from >= 0) add_once(wiring.islands[static_cast<std::size_t>(from)].outputs, outlet);
      if (to >= 0) add_once(wiring.islands[static_cast<std::size_t>(to)].inputs, outlet);
    }
  }
  return wiring;
}

std::string name_of(const graph::Plan& plan, const Outlet& outlet) {
  const graph::PlanNode& node = plan.nodes[static_cast<std::size_t>(outlet.node)];
  const auto outlets = std::ranges::count(node.kind->ports, Direction::out, &PortInfo::direction);
  return outlets > 1 ? node.name + "." + std::string(outlet.port) : node.name;
}

std::string label_of(const graph::Plan& plan, const Outlet& outlet) {
  const graph::PlanNode& node = plan.nodes[static_cast<std::size_t>(outlet.node)];
  if (node.kind->name == graph::publisher_kind) return outlet.port == "video" ? "source" : std::string(outlet.port);
  std::string label = name_of(plan, outlet);
  label.erase(0, label.rfind('.') + 1);
  for (char& c : label) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!plain) c = '-';
  }
  return label;
}

std::int64_t bitrate_of(const graph::PlanNode& node) {
  return row(*node.kind, "bitrate", Type::bitrate) != nullptr && node.params.has("bitrate") ? node.params.integer("bitrate") : 0;
}

std::optional<Duration> keyframe_interval(const graph::Plan& plan) {
  std::optional<Duration> least;
  for (const graph::PlanNode& node : plan.nodes) {
    if (row(*node.kind, "keyframes", Type::duration) == nullptr || !node.params.has("keyframes")) continue;
    const bool video = std::ranges::any_of(node.inputs, [](const graph::Link& l) { return overlap(l.media, Media::raw_video); });
    if (video) least = std::min(least.value_or(Duration::max()), node.params.duration("keyframes"));
  }
  return least;
}

bool passes_through(const graph::PlanNode& node, const Format& format) {
  return node.kind->name == "encode" && format.track() == Track::audio && node.params.text("codec") == name_of(format.codec) &&
         !node.params.flag("always");
}

}  // namespace rostrum::engine
