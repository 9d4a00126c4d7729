#include "graph/read.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/params.hpp"
#include "base/text.hpp"
#include "graph/environment.hpp"

namespace rostrum::graph {
namespace {

std::string_view shape_name(const Value& value) {
  switch (value.shape) {
    case Value::Shape::none:
      return "nothing";
    case Value::Shape::scalar:
      return "text";
    case Value::Shape::list:
      return "a list";
    case Value::Shape::map:
      return "a map";
  }
  return "nothing";
}

std::optional<Expanded> expanded(const Value& value, const Place& place, std::string_view meaning, Findings& findings) {
  if (value.shape == Value::Shape::none) {
    findings.error(Errc::bad_param, place, fmt::format("has no value; write {}, or leave the line out", meaning));
    return std::nullopt;
  }
  if (value.shape != Value::Shape::scalar) {
    findings.error(Errc::bad_param, place, fmt::format("{} does not go here; write {}", shape_name(value), meaning));
    return std::nullopt;
  }
  auto text = expand_environment(value.text);
  if (!text) {
    findings.error(text.error().code, place, text.error().what);
    return std::nullopt;
  }
  return std::move(*text);
}

std::optional<Cell> read_list(const Value& value, const ParamInfo& row, const Place& place, Findings& findings) {
  if (value.shape != Value::Shape::list) {
    findings.error(Errc::bad_param, place,
                   fmt::format("takes a list of maps, not {}; write [{{{}: {}, ...}}, ...]", shape_name(value), row.items[0].name,
                               example(row.items[0])));
    return std::nullopt;
  }
  std::vector<Params> out;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const Value& item = value.items[i];
    const Place inner = place.at(i, item);
    if (item.shape != Value::Shape::map) {
      findings.error(
          Errc::bad_param, inner,
          fmt::format("takes a map, not {}; write {{{}: {}, ...}}", shape_name(item), row.items[0].name, example(row.items[0])));
      continue;
    }
    if (auto params = read_params(item, row.items, inner, fmt::format("{}[{}]", row.name, i), {}, findings))
      out.push_back(std::move(*params));
  }
  return out;
}

std::optional<Cell> read_value(const Value& value, const ParamInfo& row, const Place& place, Findings& findings) {
  if (row.type == Type::list) return read_list(value, row, place, findings);
  const auto text = expanded(value, place, fmt::format("{}: {}", row.name, example(row)), findings);
  if (!text) return std::nullopt;
  auto cell = read_cell(row, text->text);
  if (cell) return std::move(*cell);
  findings.error(Errc::bad_param, place,
                 text->from_environment ? fmt::format("{} does not give a {} within bounds; set it to one like {}",
                                                      shown(value.text), name_of(row.type), example(row))
                                        : cell.error().what);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> read_text(const Value& value, const Place& place, std::string_view meaning, Findings& findings) {
  auto text = expanded(value, place, meaning, findings);
  if (!text) return std::nullopt;
  return std::move(text->text);
}

std::vector<Item> read_texts(const Value& value, const Place& place, std::string_view meaning, Findings& findings) {
  std::vector<Item> out;
  const auto add = [&](const Value& item, const Place& where) {
    if (auto text = read_text(item, where, meaning, findings)) out.push_back({std::move(*text), where});
  };
  if (value.shape != Value::Shape::list) add(value, place);
  for (std::size_t i = 0; i < value.items.size(); ++i) add(value.items[i], place.at(i, value.items[i]));
  return out;
}

std::optional<Params> read_params(const Value& map, std::span<const ParamInfo> rows, const Place& place, std::string_view owner,
                                  std::initializer_list<std::string_view> others, Findings& findings) {
  const std::size_t before = findings.errors();
  ParamsDraft draft(rows);
  std::vector<std::string_view> names(others);
  for (const ParamInfo& row : rows) names.push_back(row.name);
  std::vector<std::string_view> written;
  for (const Entry& entry : map.entries) {
    const ParamInfo* row = draft.row(entry.name);
    if (!row) {
      if (std::ranges::find(others, entry.name) == others.end())
        findings.error(Errc::bad_param, place.at(entry),
                       fmt::format("{} has no parameter {}{}", owner, shown(entry.name), remedy(entry.name, names)));
      continue;
    }
    written.push_back(row->name);
    if (auto cell = read_value(entry.value, *row, place.at(entry), findings)) draft.put(row->name, std::move(*cell));
  }
  for (const ParamInfo* row : draft.missing())
    if (std::ranges::find(written, row->name) == written.end())
      findings.error(
          Errc::bad_param, place,
          fmt::format("{} needs {}; add {}: {}{}", owner, row->name, row->name, row->type == Type::string ? "..." : example(*row),
                      row->meaning.empty() ? std::string() : fmt::format(" ({})", row->meaning)));
  if (findings.errors() != before) return std::nullopt;
  return std::move(draft).take();
}

void refuse_unknown(const Value& map, std::span<const std::string_view> known, const Place& place, Findings& findings) {
  for (const Entry& entry : map.entries)
    if (std::ranges::find(known, entry.name) == known.end())
      findings.error(Errc::bad_graph, place.at(entry),
                     fmt::format("no key {} here{}", shown(entry.name), remedy(entry.name, known)));
}

void check_version(const Value& root, Findings& findings) {
  const Entry* version = root.find("rostrum");
  if (!version)
    return findings.error(Errc::version, {root.mark, {}},
                          "does not say which version of the schema it is written for; begin with rostrum: 1");
  if (version->value.text == "1") return;
  const Place place = Place{}.at(*version);
  const auto number = units::integer(version->value.text);
  if (number && *number > 1)
    return findings.error(Errc::version, place,
                          fmt::format("schema version {} is newer than this rostrum, which knows 1", *number));
  findings.error(Errc::version, place, "is no version of the schema; write rostrum: 1");
}

bool check_stream_name(std::string_view name, bool template_names, const Place& place, Findings& findings) {
  const auto plain = [](std::string_view part) {
    return !part.empty() && part != "." && part != ".." && std::ranges::all_of(part, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
             c == '~';
    });
  };
  const auto placeholder = [](std::string_view part) {
    return part.size() > 2 && part.front() == '{' && part.back() == '}' && is_name(part.substr(1, part.size() - 2));
  };
  const std::size_t slash = name.find('/');
  const bool fine =
      slash != name.npos && name.size() <= 255 &&
      std::ranges::all_of(std::initializer_list<std::string_view>{name.substr(0, slash), name.substr(slash + 1)},
                          [&](std::string_view part) { return plain(part) || (template_names && placeholder(part)); });
  if (!fine)
    findings.error(Errc::bad_graph, place,
                   template_names ? fmt::format("{} is no name for streams; write app/name, with {{name}} for any: live/{{name}}",
                                                shown(name))
                                  : fmt::format("{} is no name of a stream; write app/name: live/main", shown(name)));
  return fine;
}

}  // namespace rostrum::graph
