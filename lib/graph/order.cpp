#include "graph/order.hpp"

#include <algorithm>
#include <functional>
#include <queue>

#include <fmt/core.h>

namespace rostrum::graph {
namespace {

using Edges = std::vector<std::vector<std::size_t>>;

/// Kahn's algorithm; the ready node that was written first goes first.
std::vector<std::size_t> sorted(const Edges& reads) {
  Edges readers(reads.size());
  std::vector<std::size_t> waits(reads.size());
  for (std::size_t node = 0; node < reads.size(); ++node)
    for (const std::size_t source : reads[node]) {
      readers[source].push_back(node);
      ++waits[node];
    }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t node = 0; node < reads.size(); ++node)
    if (waits[node] == 0) ready.push(node);
  std::vector<std::size_t> out;
  while (!ready.empty()) {
    const std::size_t node = ready.top();
    ready.pop();
    out.push_back(node);
    for (const std::size_t reader : readers[node])
      if (--waits[reader] == 0) ready.push(reader);
  }
  return out;
}

/// "a reads b, b reads a", by the names that stand in the file.
void report(const std::vector<std::size_t>& circle, const Nodes& nodes, Findings& findings) {
  std::vector<std::size_t> written;
  for (const std::size_t node : circle)
    if (written.empty() || written.back() != nodes.nodes[node].written) written.push_back(nodes.nodes[node].written);
  if (written.size() > 1 && written.front() == written.back()) written.pop_back();
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (i == most) {
      text += fmt::format(", and so on through {} nodes", written.size());
      break;
    }
    const std::string& next = nodes.written[written[(i + 1) % written.size()]].name;
    text +=
        fmt::format("{}{} reads {}", i == 0 ? "" : ", ", nodes.written[written[i]].name, written.size() == 1 ? "itself" : next);
  }
  findings.error(Errc::bad_graph, nodes.written[written[0]].place, fmt::format("a circle: {}; media flows one way", text));
}

}  // namespace

std::vector<std::size_t> order(const Nodes& nodes, const std::vector<std::vector<Reference>>& reads, Findings& findings) {
  Edges edges(reads.size());
  for (std::size_t node = 0; node < reads.size(); ++node)
    for (const Reference& reference : reads[node])
      edges[node].insert(edges[node].end(), reference.nodes.begin(), reference.nodes.end());

  std::vector<std::size_t> out = sorted(edges);
  if (out.size() == edges.size()) return out;

  enum class Seen : std::uint8_t { no, now, done };
  std::vector<Seen> seen(edges.size(), Seen::no);
  for (const std::size_t node : out) seen[node] = Seen::done;
  for (std::size_t start = 0; start < edges.size(); ++start) {
    // Back along what is left: the walk ends on itself, which is a circle, or on what an earlier walk has seen.
    std::vector<std::size_t> walk;
    std::size_t at = start;
    for (bool on = true; on && seen[at] == Seen::no;) {
      seen[at] = Seen::now;
      walk.push_back(at);
      const auto next = std::ranges::find_if(edges[at], [&](std::size_t source) { return seen[source] != Seen::done; });
      on = next != edges[at].end();
      if (on && seen[*next] == Seen::now) report({std::ranges::find(walk, *next), walk.end()}, nodes, findings);
      if (on) at = *next;
    }
    for (const std::size_t node : walk) seen[node] = Seen::done;
  }
  return out;
}

}  // namespace rostrum::graph
