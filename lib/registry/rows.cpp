#include "registry/rows.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/params.hpp"
#include "base/text.hpp"

namespace rostrum {
namespace {

Result<void> wrong(std::string_view where, std::string_view name, std::string what) {
  return fail(Errc::bad_param, fmt::format("{}.{}", where, name), std::move(what));
}

Result<void> check_param(std::string_view owner, const ParamInfo& row, bool inside_list) {
  if (!is_name(row.name)) return wrong(owner, shown(row.name), "is no name of a parameter; use a-z, 0-9, _ and -");
  if (row.type == Type::choice && row.choices.empty()) return wrong(owner, row.name, "is a choice without choices");
  if (row.type == Type::list) {
    if (inside_list) return wrong(owner, row.name, "is a list inside a list; one level is possible");
    if (row.items.empty()) return wrong(owner, row.name, "is a list without items");
    if (!row.fallback.empty()) return wrong(owner, row.name, "is a list; a list has no default");
    for (const ParamInfo& item : row.items)
      if (auto fine = check_param(fmt::format("{}.{}", owner, row.name), item, true); !fine) return fine;
    return {};
  }
  const ParamInfo unbounded{.name = row.name, .type = row.type, .choices = row.choices};
  for (const std::string_view bound : {row.minimum, row.maximum})
    if (!bound.empty())
      if (auto value = read_cell(unbounded, bound); !value) return wrong(owner, row.name, "its range: " + value.error().what);
  if (!row.fallback.empty())
    if (auto value = read_cell(row, row.fallback); !value) return wrong(owner, row.name, "its default: " + value.error().what);
  if (row.required && !row.fallback.empty()) return wrong(owner, row.name, "is required and has a default; choose one");
  return {};
}

Result<void> check_params(std::string_view owner, std::span<const ParamInfo> rows,
                          std::initializer_list<std::string_view> taken) {
  for (const ParamInfo& row : rows) {
    if (auto fine = check_param(owner, row, false); !fine) return fine;
    if (std::ranges::find(taken, row.name) != taken.end())
      return wrong(owner, row.name, "is a word of the graph's own; choose another");
    if (std::ranges::count(rows, row.name, &ParamInfo::name) > 1) return wrong(owner, row.name, "is declared twice");
  }
  return {};
}

Result<void> check_kind(const KindInfo& kind) {
  const auto parts = split(kind.name, '.');
  if (parts.empty() || !std::ranges::all_of(parts, is_name) || kind.name.ends_with('.'))
    return fail(Errc::bad_param, shown(kind.name),
                "is no name of a kind; use a-z, 0-9, _ and -, and a dot behind the plugin's name");
  // A sink of any media has two ways: an element for the raw links in its island, a plain node for the encoded ones.
  const bool both_media = kind.role == Role::sink && kind.element != nullptr && kind.sink != nullptr;
  if (const int ways = !kind.launch.empty() + (kind.element != nullptr) + (kind.sink != nullptr) + (kind.expand != nullptr);
      ways > (both_media ? 2 : 1))
    return fail(Errc::bad_param, std::string(kind.name), "has more than one of launch, element, sink and expand");
  std::size_t in = 0, out = 0;
  for (const PortInfo& port : kind.ports) {
    if (!is_name(port.name)) return wrong(kind.name, shown(port.name), "is no name of a port; use a-z, 0-9, _ and -");
    const auto same = [&](const PortInfo& other) { return other.name == port.name && other.direction == port.direction; };
    if (std::ranges::count_if(kind.ports, same) > 1) return wrong(kind.name, port.name, "is declared twice");
    ++(port.direction == Direction::in ? in : out);
  }
  if (kind.role != Role::source && in == 0)
    return fail(Errc::bad_param, std::string(kind.name), "has no port to read; only a source has none");
  if (kind.role == Role::source && in > 0)
    return fail(Errc::bad_param, std::string(kind.name), "is a source with a port to read");
  if (kind.role != Role::sink && out == 0)
    return fail(Errc::bad_param, std::string(kind.name), "gives nothing; only a sink has no port out");
  if (kind.role == Role::sink && out > 0) return fail(Errc::bad_param, std::string(kind.name), "is a sink with a port out");
  if (auto fine = check_params(kind.name, kind.params, {"kind", "from"}); !fine) return fine;
  for (const ParamInfo& row : kind.params)
    if (!row.property.empty() && (split(row.property, '.').size() != 2 || kind.launch.empty()))
      return wrong(kind.name, row.name,
                   fmt::format("its property {} is not element.property of a launch line", shown(row.property)));
  return {};
}

}  // namespace

Result<void> check_rows(const PluginInfo& plugin) {
  for (const KindInfo& kind : plugin.kinds)
    if (auto fine = check_kind(kind); !fine) return fine;
  for (const DoorInfo& door : plugin.doors) {
    if (!is_name(door.name)) return fail(Errc::bad_param, shown(door.name), "is no name of a door; use a-z, 0-9, _ and -");
    if (auto fine = check_params(door.name, door.params, {"bind", "certificate", "key"}); !fine) return fine;
  }
  return {};
}

}  // namespace rostrum
