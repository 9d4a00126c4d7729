// What of a plan runs where: which nodes share an island, what crosses its border, who reads what.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/plan.hpp"

namespace rostrum::engine {

/// An out port of a node of the plan.
struct Outlet {
  int node = -1;
  std::string_view port;
  friend auto operator<=>(const Outlet&, const Outlet&) = default;
};

/// Nodes that are joined by raw links, in the plan's order. Nodes that nobody reads are left out.
struct IslandWires {
  std::vector<int> nodes;
  std::vector<Outlet> inputs;   // encoded, from the publisher or another island
  std::vector<Outlet> outputs;  // encoded, read by sinks or other islands
};

struct Wiring {
  int publisher = -1;  // -1: the graph has sources of its own
  std::vector<IslandWires> islands;
  std::vector<int> sinks;  // plain C++ nodes
};
/// Does the link end in the kind's plain C++ node? A kind that takes raw media too (`discard`) has an element for that.
bool to_sink(const KindInfo&, const graph::Link&);
Wiring wire(const graph::Plan&);

/// "in.video" where the kind has several outlets, else the node's name.
std::string name_of(const graph::Plan&, const Outlet&);
/// "source" for the publisher's video, "audio" for its audio, else the last part of the node's name; [a-z0-9_-]+.
std::string label_of(const graph::Plan&, const Outlet&);
/// The node's `bitrate`; 0 = it has none.
std::int64_t bitrate_of(const graph::PlanNode&);
/// The shortest `keyframes` of the plan's encoders.
std::optional<Duration> keyframe_interval(const graph::Plan&);
/// Does the node hand this audio through as it is?
bool passes_through(const graph::PlanNode&, const Format&);

}  // namespace rostrum::engine
