#include "graph/check_nodes.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.hpp"
#include "graph/links.hpp"
#include "graph/nodes.hpp"
#include "graph/order.hpp"
#include "graph/references.hpp"

namespace rostrum::graph {
namespace {

/// What is written, would cost nothing, and does nothing either.
void warn_unread(const Nodes& nodes, const std::vector<std::vector<Reference>>& reads, Findings& findings) {
  std::vector<bool> read(nodes.nodes.size());
  for (const auto& references : reads)
    for (const Reference& reference : references)
      for (const std::size_t node : reference.nodes) read[node] = true;
  for (const Written& written : nodes.written) {
    std::vector<std::string_view> unread;
    std::size_t visible = 0;
    for (const std::size_t index : written.nodes) {
      const Node& node = nodes.nodes[index];
      if (node.hidden || node.kind->role == Role::sink) continue;
      ++visible;
      if (!read[index]) unread.push_back(node.name);
    }
    if (unread.empty()) continue;
    if (unread.size() == visible) unread = {written.name};
    findings.warning(Errc::bad_graph, written.place, fmt::format("nothing reads {}, so it does not run", listed(unread, "or")));
  }
}

void check_installed(const Nodes& nodes, House& house, Findings& findings) {
  if (!house.installed) return;
  for (const Node& node : nodes.nodes) {
    if (node.kind->elements.empty()) continue;
    const auto [known, first] = house.missing.try_emplace(node.kind);
    if (!first) continue;
    known->second = house.installed(node.kind->elements);
    for (const std::string& missing : known->second)
      findings.error(Errc::missing_element, nodes.written[node.written].place,
                     fmt::format("{} needs {}", node.kind->name, missing));
  }
}

void check_publisher(const Nodes& nodes, const Place& place, Findings& findings) {
  const Written* first = nullptr;
  for (const Written& written : nodes.written) {
    if (!written.kind || written.kind->name != publisher_kind) continue;
    if (first)
      findings.error(Errc::bad_graph, written.place,
                     fmt::format("a second publisher beside {}; a template has one", first->name));
    else
      first = &written;
  }
  const bool unknown = std::ranges::any_of(nodes.written, [](const Written& written) { return !written.kind; });
  if (!first && !unknown && !nodes.written.empty())
    findings.error(Errc::bad_graph, place, fmt::format("has no publisher; add in: {{kind: {}}}", publisher_kind));
}

}  // namespace

std::optional<Plan> check_nodes(const Value& map, const Place& place, std::string stream, bool publisher, House& house,
                                Findings& findings) {
  const std::size_t before = findings.errors();
  Nodes nodes = read_nodes(map, place, house.registry, findings);
  if (publisher) check_publisher(nodes, place, findings);
  check_installed(nodes, house, findings);

  References references(nodes, findings);
  std::vector<std::vector<Reference>> reads;
  for (std::size_t node = 0; node < nodes.nodes.size(); ++node) reads.push_back(references.of(node));
  for (std::size_t written = 0; written < nodes.written.size(); ++written)
    if (nodes.written[written].nodes.empty()) references.judge(written);
  if (references.complete()) warn_unread(nodes, reads, findings);
  const std::vector<std::size_t> sequence = order(nodes, reads, findings);
  std::vector<std::vector<Link>> links = link(nodes, reads, sequence, findings);
  if (findings.errors() != before) return std::nullopt;

  std::vector<int> position(nodes.nodes.size());
  for (std::size_t i = 0; i < sequence.size(); ++i) position[sequence[i]] = static_cast<int>(i);
  Plan plan{std::move(stream), {}};
  for (const std::size_t index : sequence) {
    Node& node = nodes.nodes[index];
    for (Link& link : links[index]) link.from = position[static_cast<std::size_t>(link.from)];
    plan.nodes.push_back({std::move(node.name), node.kind, std::move(*node.params), std::move(links[index]),
                          findings.where(nodes.written[node.written].place)});
  }
  return plan;
}

}  // namespace rostrum::graph
