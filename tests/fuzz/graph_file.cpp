// A graph or service file, YAML or JSON, with the built-in kinds: findings that a person can act on, and a plan only where none
// is an error.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <rostrum/log.hpp>

#include "graph/plan.hpp"

using namespace rostrum;

namespace {

bool readable(const Error& finding) {
  return !finding.where.empty() && !finding.what.empty();
}

void judge(const std::vector<Error>& findings, bool planned) {
  if (!std::ranges::all_of(findings, readable)) std::abort();
  const bool wrong = std::ranges::any_of(findings, [](const Error& e) { return e.severity == Severity::error; });
  if (wrong == planned) std::abort();
}

void judge(const graph::Plan& plan) {
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const auto& node = plan.nodes[i];
    if (!node.kind || node.kind->expand) std::abort();
    for (const auto& link : node.inputs) {
      if (link.from < 0 || static_cast<std::size_t>(link.from) >= i) std::abort();  // sources first
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  set_log_sink([](Level, std::string_view, std::string_view, std::string_view) {});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static Registry registry;
  if (const auto graph = Graph::parse(text)) {
    const auto checked = graph::check(*graph, registry);
    judge(checked.findings, checked.ok());
    if (checked.plan) judge(*checked.plan);
    if (graph->dot().empty() || graph->stream().empty()) std::abort();
  } else if (!readable(graph.error())) {
    std::abort();
  }
  // A service may name plugins, which are loaded: not what a fuzzer says.
  if (text.find("plugins") != text.npos) return 0;
  if (const auto service = Service::parse(text)) {
    const auto checked = graph::check(*service, registry);
    judge(checked.findings, checked.plan.has_value());
    if (checked.plan) {
      for (const auto& plan : checked.plan->templates) judge(plan);
    }
    (void)service->dot();
  }
  return 0;
}
