#include <array>

#include <fmt/core.h>

#include "base/params.hpp"
#include "graph/check_nodes.hpp"
#include "graph/plan.hpp"
#include "graph/read.hpp"
#include "graph/source.hpp"

namespace rostrum::graph {

Checked check(const Graph& graph, const Registry& registry, const MissingElements& missing) {
  const auto& [name, folder, root] = graph.data().source;
  Findings findings(name);
  House house{registry, missing};
  constexpr std::array<std::string_view, 3> keys{"rostrum", "stream", "nodes"};
  check_version(root, findings);
  if (root.find("streams") || root.find("listen"))
    findings.error(Errc::bad_graph, {root.mark, {}}, "is a service file, with doors and templates; `rostrum serve` runs it");
  else
    refuse_unknown(root, keys, {}, findings);

  std::string stream = graph.stream();
  if (const Entry* entry = root.find("stream")) {
    const Place place = Place{}.at(*entry);
    if (auto text = read_text(entry->value, place, "stream: live/main", findings);
        text && check_stream_name(*text, false, place, findings))
      stream = std::move(*text);
  }
  std::optional<Plan> plan;
  if (const Entry* nodes = root.find("nodes"))
    plan = check_nodes(nodes->value, Place{}.at(*nodes), std::move(stream), false, house, findings);
  else if (!root.find("streams"))
    findings.error(Errc::bad_graph, {root.mark, {}}, "has no nodes; add nodes: with name: {kind: ...} below");
  if (findings.errors() > 0) plan.reset();
  return {findings.take(), std::move(plan)};
}

Result<Params> with(const Params& params, std::span<const ParamInfo> rows, std::string_view name, std::string_view value) {
  ParamsDraft draft(rows, params);
  return draft.set(name, value).map([&] { return std::move(draft).take(); });
}

}  // namespace rostrum::graph
