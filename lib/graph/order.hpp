// In which order the nodes run: sources first.
#pragma once

#include <cstddef>
#include <vector>

#include "graph/findings.hpp"
#include "graph/nodes.hpp"
#include "graph/references.hpp"

namespace rostrum::graph {

/// Indices of nodes so that each comes after all that it reads, as near to the written order as that allows. Nodes on a circle,
/// and those behind it, are left out, with a finding for each circle. `reads` has an entry a node.
std::vector<std::size_t> order(const Nodes&, const std::vector<std::vector<Reference>>& reads, Findings&);

}  // namespace rostrum::graph
