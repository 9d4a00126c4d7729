// What Graph and Service hold: a parsed text and where it is from.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <rostrum/graph.hpp>

#include "graph/value.hpp"

namespace rostrum::graph {

struct Source {
  std::string name;              // for places: "show.yaml"
  std::filesystem::path folder;  // relative paths in the file begin here
  Value root;                    // a map
};

}  // namespace rostrum::graph

namespace rostrum {

struct Graph::Data {
  graph::Source source;
  std::string stream;
};
struct Service::Data {
  graph::Source source;
};

}  // namespace rostrum
