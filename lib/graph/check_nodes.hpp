// One graph of a file, checked whole: the `nodes` of a graph, or a template of a service.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "graph/findings.hpp"
#include "graph/plan.hpp"
#include "graph/value.hpp"

namespace rostrum::graph {

/// What checking asks outside of the file. `missing` remembers, so that each kind is asked for once in a file.
struct House {
  const Registry& registry;
  const MissingElements& installed;
  std::map<const KindInfo*, std::vector<std::string>> missing{};
};

/// Nothing where there was an error. `publisher`: a template, which has exactly one node that publishers feed.
std::optional<Plan> check_nodes(const Value& map, const Place&, std::string stream, bool publisher, House&, Findings&);

}  // namespace rostrum::graph
