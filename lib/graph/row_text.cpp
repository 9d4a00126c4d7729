#include "graph/row_text.hpp"

#include <fmt/core.h>

#include "base/text.hpp"
#include "graph/links.hpp"

namespace rostrum::graph {

std::string type_text(const ParamInfo& row) {
  if (row.type == Type::choice) {
    std::string out;
    for (const std::string_view choice : split(row.choices, '|')) out += fmt::format("{}{}", out.empty() ? "" : " | ", choice);
    return out;
  }
  if (row.type == Type::list) return "list of maps";
  if (row.type == Type::rate) return "frame rate";
  if (row.type == Type::window) return "count or duration";
  return std::string(name_of(row.type));
}

std::string range_text(const ParamInfo& row) {
  if (row.minimum.empty() && row.maximum.empty()) return {};
  if (row.maximum.empty()) return fmt::format("{} or more", row.minimum);
  if (row.minimum.empty()) return fmt::format("{} or less", row.maximum);
  return fmt::format("{} to {}", row.minimum, row.maximum);
}

std::string port_text(const PortInfo& port) {
  std::string out = media_text(port.media);
  if (!port.codecs.empty()) out += fmt::format(" ({})", listed(split(port.codecs, '|'), "or"));
  if (port.many) out += ", any number";
  if (port.optional) out += ", optional";
  return out;
}

std::string_view role_text(Role role) {
  switch (role) {
    case Role::source:
      return "source";
    case Role::filter:
      return "filter";
    case Role::sink:
      return "sink";
  }
  return "filter";
}

std::string route_text(const RouteInfo& route) {
  return fmt::format("/{{app}}/{{name}}/{}", route.pattern);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  for (const std::string_view word : split(text, ' ')) {
    if (lines.empty() || lines.back().size() + 1 + word.size() > columns)
      lines.emplace_back(word);
    else
      lines.back() += fmt::format(" {}", word);
  }
  return lines;
}

}  // namespace rostrum::graph
