#include "graph/environment.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/core.h>

#include "base/text.hpp"

namespace rostrum::graph {
namespace {

bool variable_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  return !name.empty() && letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

Result<Expanded> expand_environment(std::string_view text) {
  constexpr std::string_view escape = "write $${ for the characters themselves";
  Expanded out;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find("${"), text.size());
    const bool escaped = dollar > 0 && dollar < text.size() && text[dollar - 1] == '$';
    out.text += text.substr(0, escaped ? dollar - 1 : dollar);
    text.remove_prefix(dollar);
    if (text.empty()) break;
    if (escaped) {
      out.text += "${";
      text.remove_prefix(2);
      continue;
    }
    const std::size_t end = text.find('}');
    if (end == text.npos) return fail(Errc::bad_param, {}, fmt::format("${{ without its }}; {}", escape));
    const std::string name(text.substr(2, end - 2));
    if (!variable_name(name))
      return fail(Errc::bad_param, {}, fmt::format("{} is no name of an environment variable; {}", shown(name), escape));
    const char* value = std::getenv(name.c_str());
    if (!value) return fail(Errc::bad_param, {}, fmt::format("the environment has no {}; set it, or {}", name, escape));
    out.text += value;
    out.from_environment = true;
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace rostrum::graph
