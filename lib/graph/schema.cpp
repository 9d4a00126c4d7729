// JSON Schema (2020-12) of graph and service files, made from the rows.
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "base/params.hpp"
#include "base/text.hpp"
#include "graph/doors.hpp"
#include "graph/plan.hpp"
#include "graph/row_text.hpp"

namespace rostrum::graph {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* variable = R"(\$\{[A-Za-z_][A-Za-z0-9_]*\})";

Json pattern(std::string_view what) {
  return {{"type", "string"}, {"pattern", fmt::format("^({})$|{}", what, variable)}};
}
/// Numbers may be written bare or come from the environment.
Json number_or(Json number) {
  return {{"anyOf", Json::array({std::move(number), Json{{"type", "string"}, {"pattern", variable}}})}};
}
/// Where digits alone are a value, YAML makes a number of them.
Json digits_or(std::string_view what) {
  return {{"anyOf", Json::array({Json{{"type", "number"}, {"exclusiveMinimum", 0}}, pattern(what)})}};
}

Json object(std::span<const ParamInfo> rows);

Json value_of(const ParamInfo& row, std::string_view text) {
  const auto cell = read_cell(row, text);
  if (!cell) return std::string(text);
  if (const auto* integer = std::get_if<std::int64_t>(&*cell); integer && row.type == Type::integer) return *integer;
  if (const auto* number = std::get_if<double>(&*cell)) return *number;
  if (const auto* flag = std::get_if<bool>(&*cell)) return *flag;
  if (const auto* window = std::get_if<units::Window>(&*cell); window && window->count) return window->count;
  if (const auto* rate = std::get_if<Rational>(&*cell); rate && rate->den == 1) return rate->num;
  return std::string(text);
}

Json bounded(const ParamInfo& row, const char* type) {
  const ParamInfo unbounded{.name = row.name, .type = row.type};
  Json out{{"type", type}};
  if (!row.minimum.empty()) out["minimum"] = value_of(unbounded, row.minimum);
  if (!row.maximum.empty()) out["maximum"] = value_of(unbounded, row.maximum);
  return number_or(std::move(out));
}

Json type_schema(const ParamInfo& row) {
  switch (row.type) {
    case Type::string:
      return {{"type", Json::array({"string", "number", "boolean"})}};
    case Type::integer:
      return bounded(row, "integer");
    case Type::number:
      return bounded(row, "number");
    case Type::boolean:
      return number_or({{"type", "boolean"}});
    case Type::duration:
      return pattern(R"([0-9]+(\.[0-9]+)?(ms|s|m|h))");
    case Type::bitrate:
      return pattern(R"([0-9]+(\.[0-9]+)?[kM])");
    case Type::size:
      return pattern("[0-9]+x[0-9]+");
    case Type::rate:
      return digits_or(R"([0-9]+(\.[0-9]+|/[0-9]+)?)");
    case Type::window:
      return digits_or(R"([0-9]+|[0-9]+(\.[0-9]+)?(ms|s|m|h))");
    case Type::choice: {
      Json names = Json::array();
      for (const std::string_view name : split(row.choices, '|')) names.push_back(name);
      return {{"anyOf", Json::array({Json{{"enum", std::move(names)}}, Json{{"type", "string"}, {"pattern", variable}}})}};
    }
    case Type::list:
      return {{"type", "array"}, {"items", object(row.items)}};
  }
  return Json::object();
}

Json param(const ParamInfo& row) {
  Json out = type_schema(row);
  std::string text(row.meaning);
  if (const std::string range = range_text(row); !range.empty()) text += fmt::format(" ({})", range);
  out["description"] = text;
  if (!row.fallback.empty()) out["default"] = value_of(row, row.fallback);
  return out;
}

void add_rows(Json& schema, std::span<const ParamInfo> rows) {
  for (const ParamInfo& row : rows) {
    schema["properties"][std::string(row.name)] = param(row);
    if (row.required) schema["required"].push_back(row.name);
  }
  schema["additionalProperties"] = false;
}

Json object(std::span<const ParamInfo> rows) {
  Json out{{"type", "object"}, {"properties", Json::object()}};
  add_rows(out, rows);
  return out;
}

Json texts(std::string_view description) {
  return {{"description", description},
          {"anyOf", Json::array({Json{{"type", "string"}}, Json{{"type", "array"}, {"items", {{"type", "string"}}}}})}};
}

Json kind_schema(const KindInfo& kind) {
  Json out{{"type", "object"},
           {"description", kind.summary},
           {"properties", {{"kind", {{"const", kind.name}}}}},
           {"required", Json::array({"kind"})}};
  if (kind.role != Role::source) out["properties"]["from"] = texts("the nodes that it reads: name, name.port, or a list of them");
  add_rows(out, kind.params);
  return out;
}

Json node_schema(const Registry& registry) {
  Json names = Json::array(), cases = Json::array();
  for (const KindInfo* kind : registry.kinds()) {
    names.push_back(kind->name);
    cases.push_back({{"if", {{"properties", {{"kind", {{"const", kind->name}}}}}, {"required", Json::array({"kind"})}}},
                     {"then", {{"$ref", fmt::format("#/$defs/kind.{}", kind->name)}}}});
  }
  return {{"type", "object"},
          {"properties", {{"kind", {{"description", "what the node is"}, {"enum", std::move(names)}}}}},
          {"required", Json::array({"kind"})},
          {"allOf", std::move(cases)}};
}

Json one_or_more(Json one) {
  return {{"anyOf", Json::array({one, Json{{"type", "array"}, {"items", one}}})}};
}

Json listen_schema(const Registry& registry) {
  Json out{{"type", "object"},
           {"description", "the doors where publishers and viewers come in"},
           {"properties", Json::object()},
           {"additionalProperties", false}};
  for (const DoorInfo* door : all_doors(registry)) {
    Json one = one_or_more(object(door_rows(*door)));
    one["description"] = door->summary;
    out["properties"][std::string(door->name)] = std::move(one);
  }
  return out;
}

}  // namespace

std::string schema(const Registry& registry) {
  const Json version{{"description", "the version of the schema"}, {"const", 1}};
  Json defs{
      {"nodes",
       {{"type", "object"},
        {"minProperties", 1},
        {"propertyNames", {{"pattern", "^[a-z][a-z0-9_-]{0,63}$"}}},
        {"additionalProperties", {{"$ref", "#/$defs/node"}}}}},
      {"node", node_schema(registry)},
      {"graph",
       {{"properties",
         {{"rostrum", version},
          {"stream", {{"type", "string"}, {"description", "the stream's name: app/name"}, {"default", "live/main"}}},
          {"nodes", {{"$ref", "#/$defs/nodes"}}}}},
        {"required", Json::array({"rostrum", "nodes"})},
        {"additionalProperties", false}}},
      {"service",
       {{"properties",
         {{"rostrum", version},
          {"plugins", texts("shared objects with kinds of third parties")},
          {"listen", listen_schema(registry)},
          {"trusted_proxies", texts("networks whose Forwarded and X-Forwarded-For are believed: 10.0.0.0/8")},
          {"admission",
           {{"type", "array"},
            {"items", {{"type", "object"}, {"required", Json::array({"use"})}}},
            {"description", "who is asked, in order, after the host"}}},
          {"streams",
           {{"type", "object"},
            {"minProperties", 1},
            {"description", "templates: live/{name} makes one stream for each publisher whose name matches"},
            {"additionalProperties", {{"$ref", "#/$defs/nodes"}}}}}}},
        {"required", Json::array({"rostrum"})},
        {"additionalProperties", false}}},
  };
  for (const KindInfo* kind : registry.kinds()) defs[fmt::format("kind.{}", kind->name)] = kind_schema(*kind);
  const Json either = Json::array({Json{{"required", Json::array({"listen"})}}, Json{{"required", Json::array({"streams"})}}});
  const Json out{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "rostrum graph or service file"},
      {"type", "object"},
      {"if", {{"anyOf", either}}},
      {"then", {{"$ref", "#/$defs/service"}}},
      {"else", {{"$ref", "#/$defs/graph"}}},
      {"$defs", std::move(defs)},
  };
  return out.dump(2) + "\n";
}

}  // namespace rostrum::graph
