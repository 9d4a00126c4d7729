// Small grammar that several HTTP files need (RFC 9110 5.6).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "base/http_fields.hpp"

namespace rostrum::net {

constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes the next element off a list: up to `separator` outside of quotes, trimmed. An unfinished quote reaches to the end.
constexpr std::string_view next_element(std::string_view& list, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < list.size(); ++end) {
    if (quoted && list[end] == '\\' && end + 1 < list.size()) {
      ++end;
    } else if (list[end] == '"') {
      quoted = !quoted;
    } else if (list[end] == separator && !quoted) {
      break;
    }
  }
  const std::string_view element = trim(list.substr(0, end));
  list.remove_prefix(std::min(list.size(), end + 1));
  return element;
}

/// RFC 9110 7.2: a Host is "uri-host [ ":" port ]"; anything else is somebody trying something.
inline bool plausible_host(std::string_view host) {
  constexpr std::array<bool, 256> out_of_place = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view(" \t,/\\@?#")) table[static_cast<unsigned char>(c)] = true;
    return table;
  }();
  return std::none_of(host.begin(), host.end(), [&](char c) { return out_of_place[static_cast<unsigned char>(c)]; });
}

}  // namespace rostrum::net
