// docs/graph-reference.md, made from the rows.
#include <fmt/core.h>

#include "base/text.hpp"
#include "graph/doors.hpp"
#include "graph/plan.hpp"
#include "graph/row_text.hpp"

namespace rostrum::graph {
namespace {

constexpr std::string_view head = R"(# Graph reference

<!-- Made from the rows of the kinds by `./run docs`; a test fails when they differ. -->

A **graph** is a map of named **nodes**. Each has a `kind`, the parameters of that kind, and `from`: the nodes that it reads. Files are YAML or JSON, up to
1 MiB; duplicate keys, YAML anchors, aliases, tags and merge keys are errors, because graphs may come from strangers.

| file | keys at the top |
| --- | --- |
| a graph, for `rostrum run` and `Engine::start` | `rostrum: 1`, `stream` (`app/name`; `live/main` where it is not given), `nodes` |
| a service, for `rostrum serve` | `rostrum: 1`, `plugins`, `listen`, `trusted_proxies`, `admission`, `streams` |

`streams` maps templates to nodes: `"live/{name}"` makes one stream for each publisher whose name matches. The first template that matches is taken; each
has exactly one node of kind `publisher`. Relative paths begin at the file's own folder.

`from` takes one reference or a list of them:

| reference | means |
| --- | --- |
| `picture` | every port of the node that the reader can take; of a node that stands for several (`ladder`), all of those |
| `in.video` | one port |
| `ladder.480p` | one of the nodes that `ladder` stands for |

Node names begin with a-z and go on with a-z, 0-9, `_` and `-`. `${NAME}` in a value is the environment's variable, and an error where there is none; `$${`
stands for the characters themselves. Values are set as properties and never become part of a launch line.

| type | written as |
| --- | --- |
| duration | `500ms`, `1.5s`, `5m`, `2h` |
| bitrate | `2500k`, `6M`; bits a second |
| size | `1280x720` |
| frame rate | `30`, `12.5`, `30000/1001`; `23.976`, `29.97`, `59.94` are taken as n * 1000/1001 |
| count or duration | `3`, `30s` |
| boolean | `true`, `false` |
)";

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}
std::string code(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("`{}`", cell(text));
}

void add_rows(std::string& out, std::span<const ParamInfo> rows, std::string_view inside) {
  for (const ParamInfo& row : rows) {
    std::string type;
    if (row.type == Type::choice)
      for (const std::string_view choice : split(row.choices, '|'))
        type += fmt::format("{}`{}`", type.empty() ? "" : ", ", choice);
    else
      type = type_text(row);
    out += fmt::format("| `{}{}` | {} | {} | {} | {} |\n", inside, row.name, type, row.required ? "required" : code(row.fallback),
                       range_text(row), cell(row.meaning));
    if (row.type == Type::list) add_rows(out, row.items, fmt::format("{}{}[].", inside, row.name));
  }
}

/// Rows hold summaries as they go into a line; here they are sentences.
std::string sentence(std::string_view summary) {
  std::string out(summary);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out + ".";
}

std::string table(std::span<const ParamInfo> rows) {
  if (rows.empty()) return "\nNo parameters.\n";
  std::string out = "\n| parameter | type | default | range | meaning |\n| --- | --- | --- | --- | --- |\n";
  add_rows(out, rows, "");
  return out;
}

std::string kind_text(const KindInfo& kind) {
  std::string out = fmt::format("\n### {}\n\n{}\n\n", kind.name, sentence(kind.summary));
  for (const Direction direction : {Direction::in, Direction::out})
    for (const PortInfo& port : kind.ports)
      if (port.direction == direction)
        out += fmt::format("- {} `{}`: {}\n", direction == Direction::in ? "reads" : "gives", port.name, port_text(port));
  for (const RouteInfo& route : kind.routes) out += fmt::format("- serves `{}`\n", route_text(route));
  for (const std::string_view element : split(kind.elements, ' '))
    out += fmt::format("- needs GStreamer's {}\n", listed(split(element, '|'), "or"));
  return out + table(kind.params);
}

}  // namespace

std::string reference_markdown(const Registry& registry) {
  std::string out(head);
  for (const auto& [role, heading] : {std::pair{Role::source, "Sources"}, {Role::filter, "Filters"}, {Role::sink, "Sinks"}}) {
    std::string kinds;
    for (const KindInfo* kind : registry.kinds())
      if (kind->role == role) kinds += kind_text(*kind);
    if (!kinds.empty()) out += fmt::format("\n## {}\n{}", heading, kinds);
  }
  out += "\n## Doors\n\nBelow `listen`; a list where there are several of a kind.\n";
  for (const DoorInfo* door : all_doors(registry))
    out += fmt::format("\n### {}\n\n{}\n{}", door->name, sentence(door->summary), table(door_rows(*door)));
  return out;
}

}  // namespace rostrum::graph
