// The nodes of one graph: as written, and as they will run once their kinds have expanded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/kind.hpp>

#include "graph/findings.hpp"
#include "graph/read.hpp"
#include "graph/value.hpp"
#include "registry/registry.hpp"

namespace rostrum::graph {

inline constexpr std::size_t most_nodes = 1000;
inline constexpr std::size_t most_links = 10'000;

struct Node {
  std::string name;
  const KindInfo* kind = nullptr;
  std::optional<Params> params;  // nothing: there was a finding
  std::vector<Item> from;        // what it reads, in the order written
  std::size_t written = 0;       // which of Nodes::written it comes from
  bool from_broken = false;      // it wants to read something, but a finding says why nobody knows what
  bool hidden = false;           // only nodes of the same written one may read it
};

struct Written {
  std::string name;
  Place place;
  const KindInfo* kind = nullptr;  // nullptr: unknown; nobody who refers to it is blamed for that
  std::vector<Item> from;          // what it reads
  std::vector<std::size_t> nodes;  // it alone, or what it expands into; none where a finding forbids
};

struct Nodes {
  std::vector<Written> written;
  std::vector<Node> nodes;
};

/// Reads names, kinds and parameters and expands. Everything wrong goes to `findings`; the rest is there.
Nodes read_nodes(const Value& map, const Place&, const Registry&, Findings& findings);

}  // namespace rostrum::graph
