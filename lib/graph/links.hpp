// Which port feeds which, judged by media class and codec before any element exists.
#pragma once

#include <vector>

#include "graph/findings.hpp"
#include "graph/nodes.hpp"
#include "graph/plan.hpp"
#include "graph/references.hpp"

namespace rostrum::graph {

/// The links of each node (indices as in Nodes), for the nodes in `order`; a node's sources are linked before it, so that the
/// media that really flows is known. A mismatch, a port too many and a missing input are findings; a codec that a publisher could
/// bring and the reader cannot carry is a warning.
std::vector<std::vector<Link>> link(const Nodes&, const std::vector<std::vector<Reference>>& reads,
                                    const std::vector<std::size_t>& order, Findings&);

/// "raw video", "encoded video or audio", "anything".
std::string media_text(Media);

}  // namespace rostrum::graph
