#include "graph/references.hpp"

#include <fmt/core.h>

#include "base/text.hpp"

namespace rostrum::graph {
namespace {

const PortInfo* port_of(const KindInfo& kind, Direction direction, std::string_view name) {
  for (const PortInfo& port : kind.ports)
    if (port.direction == direction && port.name == name) return &port;
  return nullptr;
}

}  // namespace

References::References(const Nodes& nodes, Findings& findings) : nodes_(nodes), findings_(findings) {
  for (std::size_t i = 0; i < nodes.written.size(); ++i) written_by_name_.emplace(nodes.written[i].name, i);
  for (std::size_t i = 0; i < nodes.nodes.size(); ++i) nodes_by_name_.emplace(nodes.nodes[i].name, i);
}

std::vector<Reference> References::of(std::size_t reader) {
  std::vector<Reference> out;
  const Node& node = nodes_.nodes[reader];
  if (node.from_broken) complete_ = false;
  for (const Item& item : node.from) {
    auto reference = resolve(item, node);
    if (!reference) continue;
    count_ += reference->nodes.size();
    if (count_ > most_links) {
      if (count_ - reference->nodes.size() <= most_links)
        findings_.error(Errc::limit, item.place, fmt::format("more than {} links in one graph", most_links));
      complete_ = false;
      break;
    }
    out.push_back(std::move(*reference));
  }
  return out;
}

void References::judge(std::size_t written) {
  const Node reader{.name = nodes_.written[written].name, .written = written};
  for (const Item& item : nodes_.written[written].from) (void)resolve(item, reader);
}

void References::unknown(const Item& item, std::string what) {
  complete_ = false;
  findings_.error(Errc::bad_graph, item.place, std::move(what));
}

std::optional<Reference> References::resolve(const Item& item, const Node& reader) {
  if (auto found = whole(item, reader)) return found;
  if (written_by_name_.contains(item.text)) {  // written, but nothing of it can run: that is a finding of its own
    complete_ = false;
    return std::nullopt;
  }
  return part(item, reader);
}

/// The whole text is a name.
std::optional<Reference> References::whole(const Item& item, const Node& reader) {
  if (const auto node = nodes_by_name_.find(item.text); node != nodes_by_name_.end()) {
    const Node& found = nodes_.nodes[node->second];
    if (!found.hidden || found.written == reader.written) return Reference{&item, {node->second}, nullptr};
  }
  const auto written = written_by_name_.find(item.text);
  if (written == written_by_name_.end()) return std::nullopt;
  Reference all{&item, {}, nullptr};
  for (const std::size_t node : nodes_.written[written->second].nodes)
    if (!nodes_.nodes[node].hidden) all.nodes.push_back(node);
  if (all.nodes.empty()) return std::nullopt;
  return all;
}

/// A name and, behind its last dot, a port or a part of what it expands into.
std::optional<Reference> References::part(const Item& item, const Node& reader) {
  std::vector<std::string_view> names;
  for (const Written& written : nodes_.written) names.push_back(written.name);
  const std::size_t dot = item.text.rfind('.');
  const std::string_view text = item.text, name = text.substr(0, std::min(dot, text.size()));
  if (dot == text.npos || (!written_by_name_.contains(name) && !nodes_by_name_.contains(name))) {
    const std::string_view first = text.substr(0, text.find('.'));
    unknown(item, written_by_name_.contains(first) ? fmt::format("no node {}", shown(name))
                                                   : fmt::format("no node {}{}", shown(first), remedy(first, names)));
    return std::nullopt;
  }
  const std::string_view last = text.substr(dot + 1);
  if (const auto node = nodes_by_name_.find(name);
      node != nodes_by_name_.end() &&
      (!nodes_.nodes[node->second].hidden || nodes_.nodes[node->second].written == reader.written)) {
    const KindInfo& kind = *nodes_.nodes[node->second].kind;
    if (const PortInfo* port = port_of(kind, Direction::out, last)) return Reference{&item, {node->second}, port};
    std::vector<std::string_view> ports;
    for (const PortInfo& port : kind.ports)
      if (port.direction == Direction::out) ports.push_back(port.name);
    unknown(item, fmt::format("{} gives no {}{}", name, shown(last), remedy(last, ports)));
    return std::nullopt;
  }
  const auto written = written_by_name_.find(name);
  std::vector<std::string_view> parts;
  if (written != written_by_name_.end())
    for (const std::size_t node : nodes_.written[written->second].nodes)
      if (!nodes_.nodes[node].hidden) parts.push_back(std::string_view(nodes_.nodes[node].name).substr(name.size() + 1));
  complete_ = false;
  if (!parts.empty()) unknown(item, fmt::format("{} has no {}{}", name, shown(last), remedy(last, parts)));
  return std::nullopt;
}

}  // namespace rostrum::graph
