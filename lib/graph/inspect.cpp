// Kinds and doors for a terminal of 80 columns.
#include <algorithm>
#include <iterator>

#include <fmt/core.h>

#include "base/text.hpp"
#include "graph/doors.hpp"
#include "graph/plan.hpp"
#include "graph/row_text.hpp"

namespace rostrum::graph {
namespace {

constexpr std::size_t columns = 80;

/// A heading and rows of a name and a text, the texts aligned and wrapped.
class Block {
 public:
  explicit Block(std::string_view heading, std::size_t least_width = 8) : heading_(heading), width_(least_width) {}
  void row(std::string_view name, std::string text) { rows_.push_back({std::string(name), {std::move(text)}}); }
  /// Another line below the last row's text.
  void more(std::string_view text) {
    if (!text.empty()) rows_.back().texts.emplace_back(text);
  }
  [[nodiscard]] std::string text() const {
    if (rows_.empty()) return {};
    std::size_t width = width_;
    for (const Row& row : rows_) width = std::max(width, row.name.size());
    width = std::min<std::size_t>(width, 24) + 2;
    std::string out = fmt::format("\n{}\n", heading_);
    for (const Row& row : rows_) {
      std::vector<std::string> lines;
      for (const std::string& text : row.texts) std::ranges::copy(wrapped(text, columns - 2 - width), std::back_inserter(lines));
      out += fmt::format("  {:<{}}{}\n", row.name, lines.empty() ? 0 : width, lines.empty() ? std::string() : lines[0]);
      for (std::size_t i = 1; i < lines.size(); ++i) out += fmt::format("  {:<{}}{}\n", "", width, lines[i]);
    }
    return out;
  }

 private:
  struct Row {
    std::string name;
    std::vector<std::string> texts;
  };
  std::string heading_;
  std::size_t width_;
  std::vector<Row> rows_;
};

void add_params(Block& block, std::span<const ParamInfo> rows, std::string_view indent) {
  for (const ParamInfo& row : rows) {
    std::string facts = type_text(row);
    if (const std::string range = range_text(row); !range.empty()) facts += fmt::format(", {}", range);
    if (row.required)
      facts += ", required";
    else if (!row.fallback.empty())
      facts += fmt::format(", default {}", row.fallback);
    block.row(fmt::format("{}{}", indent, row.name), facts);
    block.more(row.meaning);
    if (row.type == Type::list) add_params(block, row.items, "  ");
  }
}

}  // namespace

std::string inspect(const Registry& registry) {
  std::string out = "A graph is made of nodes, each of one of these kinds.\n";
  std::size_t width = 8;
  for (const KindInfo* kind : registry.kinds()) width = std::max(width, kind->name.size());
  for (const auto& [role, heading] : {std::pair{Role::source, "Sources"}, {Role::filter, "Filters"}, {Role::sink, "Sinks"}}) {
    Block block(heading, width);
    for (const KindInfo* kind : registry.kinds())
      if (kind->role == role) block.row(kind->name, std::string(kind->summary));
    out += block.text();
  }
  Block doors("Doors (below `listen:` in a service file)", width);
  for (const DoorInfo* door : all_doors(registry)) doors.row(door->name, std::string(door->summary));
  return out + doors.text() + "\n`rostrum inspect NAME` shows the ports and parameters of one.\n";
}

Result<std::string> inspect(const Registry& registry, std::string_view name) {
  if (const KindInfo* kind = registry.kind(name)) {
    Block reads("Reads"), gives("Gives"), params("Parameters"), serves("Serves (GET)"), needs("Needs");
    for (const PortInfo& port : kind->ports) (port.direction == Direction::in ? reads : gives).row(port.name, port_text(port));
    add_params(params, kind->params, "");
    for (const RouteInfo& route : kind->routes) serves.row(route_text(route), {});
    for (const std::string_view element : split(kind->elements, ' ')) needs.row(listed(split(element, '|'), "or"), "GStreamer");
    std::string out;
    for (const std::string& line : wrapped(fmt::format("{} ({}): {}", kind->name, role_text(kind->role), kind->summary), columns))
      out += line + '\n';
    return out + reads.text() + gives.text() + params.text() + serves.text() + needs.text();
  }
  const std::vector<const DoorInfo*> doors = all_doors(registry);
  if (const auto door = std::ranges::find(doors, name, &DoorInfo::name); door != doors.end()) {
    Block params("Parameters");
    add_params(params, door_rows(**door), "");
    return fmt::format("{} (door): {}\n", (*door)->name, (*door)->summary) + params.text();
  }
  std::vector<std::string_view> names;
  for (const KindInfo* kind : registry.kinds()) names.push_back(kind->name);
  for (const DoorInfo* door : doors) names.push_back(door->name);
  const std::string_view near = nearest(name, names);
  return fail(Errc::unknown_kind, {},
              fmt::format("no kind {}; {}", shown(name),
                          near.empty() ? "`rostrum inspect` lists what there is" : fmt::format("did you mean {}?", near)));
}

}  // namespace rostrum::graph
