// Which rungs of a ladder are left out because the source is smaller.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline/island.hpp"

namespace rostrum::pipeline {

/// A node for each of IslandSpec::nodes: true where it gets no element. Rungs are `scale` nodes with `enlarge: false`; those of
/// one source are left out where they are taller than it, and whatever reads them too. Were all of them, the smallest stays, as
/// tall as the source: its parameter is changed in `spec`. `note` hears of each.
std::vector<bool> left_out(IslandSpec& spec, const std::function<void(std::string)>& note);

}  // namespace rostrum::pipeline
