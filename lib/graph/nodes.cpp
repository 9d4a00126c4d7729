#include "graph/nodes.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/core.h>

#include "base/params.hpp"
#include "base/text.hpp"

namespace rostrum::graph {
namespace {

/// The place of "rungs[1].name" below a node, as a kind's check() names it; as deep as the text has it.
Place locate(const Value& node, Place place, std::string_view path) {
  const Value* value = &node;
  for (const std::string_view step : split(path, '.')) {
    const std::size_t bracket = std::min(step.find('['), step.size());
    const Entry* entry = value->find(step.substr(0, bracket));
    if (!entry) return place;
    place = place.at(*entry);
    value = &entry->value;
    if (bracket == step.size()) continue;
    std::size_t index = 0;
    std::from_chars(step.data() + bracket + 1, step.data() + step.size(), index);
    if (index >= value->items.size()) return place;
    place = place.at(index, value->items[index]);
    value = &value->items[index];
  }
  return place;
}

class Reader {
 public:
  Reader(const Registry& registry, Findings& findings) : registry_(registry), findings_(findings) {
    for (const KindInfo* kind : registry.kinds()) kinds_.push_back(kind->name);
  }

  Nodes take() && { return std::move(out_); }

  void read(const Entry& entry, const Place& place) {
    Written& written = out_.written.emplace_back(Written{.name = entry.name, .place = place});
    if (!is_name(entry.name))
      findings_.error(Errc::bad_graph, place,
                      fmt::format("{} is no name for a node; begin with a-z and use a-z, 0-9, _ and -", shown(entry.name)));
    if (entry.value.shape != Value::Shape::map)
      return findings_.error(Errc::bad_graph, place, fmt::format("a node is a map; write {}: {{kind: ...}}", entry.name));
    written.kind = read_kind(entry.value, place);
    Node node{.name = entry.name, .kind = written.kind, .written = out_.written.size() - 1};
    read_from(entry.value, place, node);
    written.from = node.from;
    if (!written.kind) return;
    node.params = read_params(entry.value, written.kind->params, place, written.kind->name, {"kind", "from"}, findings_);
    if (node.params && !further_check(*written.kind, *node.params, entry.value, place)) node.params.reset();
    if (written.kind->expand) return expand(entry, std::move(node));
    written.nodes = {out_.nodes.size()};
    out_.nodes.push_back(std::move(node));
  }

 private:
  const KindInfo* read_kind(const Value& node, const Place& place) {
    const Entry* entry = node.find("kind");
    if (!entry) {
      findings_.error(Errc::bad_graph, place, "has no kind; add kind: ..., `rostrum inspect` lists them");
      return nullptr;
    }
    const auto name = read_text(entry->value, place.at(*entry), "the name of a kind", findings_);
    if (!name) return nullptr;
    const KindInfo* kind = registry_.kind(*name);
    if (!kind) {
      const std::string_view near = nearest(*name, kinds_);
      findings_.error(
          Errc::unknown_kind, place.at(*entry),
          fmt::format("no kind {}; {}", shown(*name),
                      near.empty() ? "`rostrum inspect` lists what there is" : fmt::format("did you mean {}?", near)));
    }
    return kind;
  }

  /// What no row can state. False where there was an error.
  bool further_check(const KindInfo& kind, const Params& params, const Value& node, const Place& place) {
    if (!kind.check) return true;
    const std::size_t before = findings_.errors();
    for (Error& error : kind.check(params)) {
      const Place at = locate(node, place, error.where);
      if (error.severity == Severity::warning)
        findings_.warning(error.code, at, std::move(error.what));
      else
        findings_.error(error.code, at, std::move(error.what));
    }
    return findings_.errors() == before;
  }

  void read_from(const Value& value, const Place& place, Node& node) {
    constexpr std::array<std::string_view, 1> word{"from"};
    if (const Entry* from = value.find(word[0])) {
      const std::size_t before = findings_.errors();
      node.from = read_texts(from->value, place.at(*from), "the name of a node", findings_);
      node.from_broken = findings_.errors() != before;
      return;
    }
    const auto misspelt = [&](const Entry& entry) {
      return !nearest(entry.name, word).empty() &&
             (!node.kind || std::ranges::find(node.kind->params, entry.name, &ParamInfo::name) == node.kind->params.end());
    };
    node.from_broken = std::ranges::any_of(value.entries, misspelt);
  }

  void expand(const Entry& entry, Node node) {
    if (!node.params) return;
    const Written& written = out_.written.back();
    std::vector<std::string> from;
    for (const Item& item : node.from) from.push_back(item.text);
    auto specs = written.kind->expand(node.name, from, *node.params);
    if (!specs)
      return findings_.error(specs.error().code, locate(entry.value, written.place, specs.error().where), specs.error().what);
    for (NodeSpec& spec : *specs) add(std::move(spec), node);
  }

  // What an expansion gives is its plugin's promise: a break of it is no fault of the file, but must not run either.
  void add(NodeSpec spec, const Node& parent) {
    Written& written = out_.written.back();
    const auto broken = [&](std::string what) {
      findings_.error(Errc::internal, written.place,
                      fmt::format("the kind {} expands into {}, {}", parent.kind->name, spec.name, what));
    };
    const KindInfo* kind = registry_.kind(spec.kind);
    if (!kind || kind->expand)
      return broken(fmt::format("whose kind {} {}", spec.kind, kind ? "expands again" : "does not exist"));
    if (!spec.name.starts_with(parent.name + ".")) return broken(fmt::format("which does not begin with {}.", parent.name));
    auto params = params_of(kind->params, spec.params);
    if (!params) return broken(fmt::format("where {}", params.error().message()));
    Node node{.name = std::move(spec.name),
              .kind = kind,
              .params = std::move(*params),
              .written = parent.written,
              .hidden = spec.hidden};
    for (std::string& text : spec.from) {
      const auto same = std::ranges::find(parent.from, text, &Item::text);
      node.from.push_back(same == parent.from.end() ? Item{std::move(text), written.place} : *same);
    }
    written.nodes.push_back(out_.nodes.size());
    out_.nodes.push_back(std::move(node));
  }

  const Registry& registry_;
  Findings& findings_;
  std::vector<std::string_view> kinds_;
  Nodes out_;
};

}  // namespace

Nodes read_nodes(const Value& map, const Place& place, const Registry& registry, Findings& findings) {
  if (map.shape != Value::Shape::map || map.entries.empty()) {
    findings.error(Errc::bad_graph, place, "has no nodes; write name: {kind: ...} below");
    return {};
  }
  const auto bounded = [&](std::size_t count) {
    if (count <= most_nodes) return true;
    findings.error(Errc::limit, place, fmt::format("{} nodes; a graph has at most {}", count, most_nodes));
    return false;
  };
  if (!bounded(map.entries.size())) return {};
  Reader reader(registry, findings);
  for (const Entry& entry : map.entries) reader.read(entry, place.at(entry));
  Nodes nodes = std::move(reader).take();
  if (!bounded(nodes.nodes.size())) return {};
  return nodes;
}

}  // namespace rostrum::graph
