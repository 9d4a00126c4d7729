// What of a plan one island builds, with the formats that come now.
#pragma once

#include <functional>
#include <vector>

#include "engine/wiring.hpp"
#include "pipeline/island.hpp"

namespace rostrum::engine {

struct IslandPlan {
  pipeline::IslandSpec spec;    // inputs, nodes and outputs; the rest is its stream's
  std::vector<Outlet> inputs;   // in the order of the spec's
  std::vector<Outlet> outputs;  // in the order of the spec's
};

/// Of the island's nodes those that are alive, of its inputs those whose format is known (`format_of` gives nullptr for the
/// others).
IslandPlan plan_island(const graph::Plan&, const IslandWires&, const std::vector<bool>& alive,
                       const std::function<FormatPtr(const Outlet&)>& format_of);

}  // namespace rostrum::engine
