// Graphviz of what is written, before any kind is known or expanded.
#include <algorithm>

#include <fmt/core.h>

#include "graph/source.hpp"

namespace rostrum {
namespace {

constexpr std::string_view head = R"(digraph rostrum {
  rankdir=LR;
  node [shape=box, style="rounded,filled", fillcolor="#f4f6f8", color="#5b6770", fontname="Helvetica", fontsize=11];
  edge [color="#5b6770", fontname="Helvetica", fontsize=9];
)";

std::string escaped(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + '"';
}

/// One graph: `scope` keeps the names of several apart.
void draw(std::string& out, const graph::Value& nodes, std::string_view scope, std::string_view indent) {
  const auto id = [&](std::string_view name) {
    return escaped(scope.empty() ? std::string(name) : fmt::format("{}:{}", scope, name));
  };
  for (const graph::Entry& node : nodes.entries) {
    const graph::Entry* kind = node.value.find("kind");
    out += fmt::format("{}{} [label={}];\n", indent, id(node.name),
                       escaped(node.name + (kind && kind->value.text != node.name ? "\n" + kind->value.text : std::string())));
  }
  for (const graph::Entry& node : nodes.entries) {
    const graph::Entry* from = node.value.find("from");
    if (!from) continue;
    const auto edge = [&](const std::string& text) {
      const std::size_t dot = std::min(text.find('.'), text.size());
      const std::string source = text.substr(0, dot), part = text.substr(std::min(dot + 1, text.size()));
      if (!nodes.find(source))
        out +=
            fmt::format("{}{} [label={}, style=dashed, color=red];\n", indent, id(source), escaped(source + "\n(no such node)"));
      out += fmt::format("{}{} -> {}{};\n", indent, id(source), id(node.name),
                         part.empty() ? "" : fmt::format(" [label={}]", escaped(part)));
    };
    if (from->value.shape == graph::Value::Shape::scalar) edge(from->value.text);
    for (const graph::Value& item : from->value.items) edge(item.text);
  }
}

}  // namespace

std::string Graph::dot() const {
  std::string out(head);
  out += fmt::format("  label={};\n", escaped(data_->stream));
  if (const graph::Entry* nodes = data_->source.root.find("nodes")) draw(out, nodes->value, {}, "  ");
  return out + "}\n";
}

std::string Service::dot() const {
  std::string out(head);
  const graph::Entry* streams = data_->source.root.find("streams");
  for (std::size_t i = 0; streams && i < streams->value.entries.size(); ++i) {
    const graph::Entry& stream = streams->value.entries[i];
    out += fmt::format("  subgraph cluster_{} {{\n    label={}; style=rounded; color=\"#c3cbd1\"; fontname=\"Helvetica\";\n", i,
                       escaped(stream.name));
    draw(out, stream.value, stream.name, "    ");
    out += "  }\n";
  }
  return out + "}\n";
}

}  // namespace rostrum
