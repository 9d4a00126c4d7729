// A graph or service file, YAML or JSON, with the built-in kinds and some odd ones: findings that a person can act on, a plan
// only where none is an error, each parameter in it of its row's type, and the same from a file as from its text.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include <fmt/core.h>

#include <rostrum/log.hpp>

#include "base/params.hpp"
#include "graph/links.hpp"
#include "graph/plan.hpp"
#include "graph/source.hpp"
#include "odd_kinds.hpp"

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

/// What `read` makes of `text` is the value that the text was made from.
template <class Value>
void reads_back(const Value& value, const std::string& text, Result<Value> (*read)(std::string_view)) {
  const auto again = read(text);
  if (!again || *again != value) std::abort();
}

/// Each parameter has the type of its row, and a required one is there.
void judge(std::span<const ParamInfo> rows, const Params& params) {
  for (const ParamInfo& row : rows) {
    if (name_of(row.type).empty() || example(row).empty()) std::abort();
    if (!params.has(row.name)) {
      if (row.required) std::abort();
      continue;
    }
    switch (row.type) {
      case Type::string:
        (void)params.text(row.name);
        break;
      case Type::choice:
        if (!units::choice(params.text(row.name), row.choices)) std::abort();
        break;
      case Type::integer:
        (void)params.integer(row.name);
        break;
      case Type::number:
        if (!std::isfinite(params.number(row.name))) std::abort();
        break;
      case Type::boolean:
        (void)params.flag(row.name);
        break;
      case Type::duration:
        reads_back(params.duration(row.name), units::text_of(params.duration(row.name)), units::duration);
        break;
      case Type::bitrate:
        reads_back(params.integer(row.name), units::bitrate_text(params.integer(row.name)), units::bitrate);
        break;
      case Type::size:
        if (const Size size = params.size(row.name); size.width < 1 || size.height < 1) std::abort();
        break;
      case Type::rate:
        if (const Rational rate = params.rate(row.name); rate.num < 1 || rate.den < 1 || rate.num > 1000 * rate.den) std::abort();
        break;
      case Type::window:
        if (params.integer(row.name) > 0 && params.duration(row.name) > Duration{}) std::abort();  // a count or a duration
        break;
      case Type::list:
        for (const Params& item : params.list(row.name)) judge(row.items, item);
        break;
    }
  }
}

void judge(const graph::Plan& plan) {
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const auto& node = plan.nodes[i];
    if (!node.kind || node.kind->expand) std::abort();
    judge(node.kind->params, node.params);
    for (const auto& link : node.inputs) {
      if (link.from < 0 || static_cast<std::size_t>(link.from) >= i) std::abort();  // sources first
      if (graph::media_text(link.media).empty()) std::abort();
    }
  }
}

std::vector<std::string> missing(std::string_view elements) {
  if (elements == "webrtcbin") return {"webrtcbin (apt install gstreamer1.0-plugins-bad)"};
  return {};
}

/// Of one file for both, and of a certificate in no .pem.
std::vector<Error> key_pair(const std::string& certificate, const std::string& key) {
  std::vector<Error> findings;
  if (certificate == key) findings.push_back({Errc::bad_param, "key", "is the certificate"});
  if (!certificate.ends_with(".pem")) findings.push_back({Errc::bad_param, "certificate", "ends soon", Severity::warning});
  return findings;
}

/// A file is what its text is: a service where it has doors or templates, else a graph, and wrong where the text is.
void read_as_file(std::string_view text) {
  const int file = memfd_create("graph", MFD_CLOEXEC);
  if (file < 0 || write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
  const auto path = fmt::format("/proc/self/fd/{}", file);
  const auto loaded = load_file(path);
  const auto parsed = Graph::parse(text);
  if (loaded.has_value() != parsed.has_value() || Graph::load(path).has_value() != parsed.has_value() ||
      Service::load(path).has_value() != parsed.has_value())
    std::abort();
  if (!parsed && loaded.error().what != parsed.error().what) std::abort();
  close(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  set_log_sink([](Level, std::string_view, std::string_view, std::string_view) {});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static Registry registry;
  [[maybe_unused]] static const bool odd = registry.add(fuzz::odd_plugin).has_value() || (std::abort(), false);
  if (const auto graph = Graph::parse(text)) {
    const auto checked = graph::check(*graph, registry, missing);
    judge(checked.findings, checked.ok());
    if (checked.plan) judge(*checked.plan);
    if (graph->dot().empty() || graph->stream().empty()) std::abort();
  } else if (!readable(graph.error())) {
    std::abort();
  }
  if (size % 16 == 0) read_as_file(text);  // costs more than all the rest
  if (const auto service = Service::parse(text)) {
    if (service->data().source.root.find("plugins")) return 0;  // they are loaded: not what a fuzzer says
    const auto checked = graph::check(*service, registry, missing, key_pair);
    judge(checked.findings, checked.plan.has_value());
    if (checked.plan) {
      for (const auto& plan : checked.plan->templates) judge(plan);
    }
    (void)service->dot();
  }
  return 0;
}
