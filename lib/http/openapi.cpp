#include <cctype>

#include <fmt/format.h>

#include "http/site.hpp"

namespace rostrum::http {
namespace {

constexpr std::string_view schemas = R"yaml(components:
  schemas:
    Streams:
      type: object
      required: [streams]
      properties:
        streams: {type: array, items: {$ref: "#/components/schemas/Stream"}}
    Stream:
      type: object
      required: [name, state, renditions, frames_in, uptime_ms]
      properties:
        name: {type: string, examples: ["live/cam"]}
        state: {type: string, enum: [idle, starting, live, draining, failed, ended]}
        publisher: {type: string, description: Protocol and address of who publishes; absent while nobody does}
        error: {type: string, description: Why it failed}
        renditions: {type: array, items: {type: string}, examples: [["in.video", "ladder.720p", "aac"]]}
        frames_in: {type: integer}
        uptime_ms: {type: integer}
    Problem:
      description: RFC 9457
      type: object
      properties:
        type: {type: string}
        title: {type: string}
        status: {type: integer}
        detail: {type: string}
)yaml";

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string parameters_of(std::string_view pattern) {
  std::string out;
  for (auto at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1)) {
    const std::string_view name = pattern.substr(at + 1, pattern.find('}', at) - at - 1);
    out += fmt::format("        - {{name: {}, in: path, required: true, schema: {{type: string}}}}\n", name);
  }
  return out.empty() ? out : "      parameters:\n" + out;
}

std::string problem(std::string_view status, std::string_view meaning) {
  return fmt::format(
      "        \"{}\": {{description: \"{}\", content: {{application/problem+json: {{schema: {{$ref: "
      "\"#/components/schemas/Problem\"}}}}}}}}\n",
      status, meaning);
}

}  // namespace

std::string openapi() {
  std::string out = fmt::format(
      "openapi: 3.1.0\ninfo:\n  title: rostrum control API\n  version: \"{}\"\n  license: {{name: Apache-2.0, identifier: "
      "Apache-2.0}}\n"
      "  description: >-\n    Errors are application/problem+json (RFC 9457). Paths marked with 403 answer this machine only, "
      "unless the\n"
      "    host's admission says otherwise.\npaths:\n",
      ROSTRUM_VERSION);
  std::string_view path;
  for (const Route& route : routes()) {
    if (route.pattern != path) out += fmt::format("  {}:\n", path = route.pattern);
    out += fmt::format("    {}:\n      summary: \"{}\"\n{}      responses:\n", lower(route.method), route.summary,
                       parameters_of(route.pattern));
    if (route.type.empty()) {
      out += "        \"204\": {description: Done}\n";
    } else if (route.schema.empty()) {
      out += fmt::format("        \"200\": {{description: OK, content: {{{}: {{schema: {{type: string}}}}}}}}\n", route.type);
    } else {
      out += fmt::format(
          "        \"200\": {{description: OK, content: {{{}: {{schema: {{$ref: \"#/components/schemas/{}\"}}}}}}}}\n",
          route.type, route.schema);
    }
    if (route.access == Access::control) out += problem("403", "Refused");
    for (std::string_view errors = route.errors; !errors.empty();) {
      const std::string_view one = errors.substr(0, errors.find('|'));
      out += problem(one.substr(0, 3), one.substr(4));
      errors.remove_prefix(std::min(errors.size(), one.size() + 1));
    }
  }
  out += schemas;
  return out;
}

}  // namespace rostrum::http
