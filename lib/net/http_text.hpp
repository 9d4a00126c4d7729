// Small grammar that several HTTP files need (RFC 9110 5.6).
#pragma once

#include <algorithm>
#include <string_view>

#include <rostrum/http.hpp>

namespace rostrum::net {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

constexpr bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

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
constexpr bool plausible_host(std::string_view host) {
  constexpr std::string_view out_of_place = " \t,/\\@?#";
  return std::none_of(host.begin(), host.end(), [&](char c) {
    return std::any_of(out_of_place.begin(), out_of_place.end(), [c](char wrong) { return c == wrong; });
  });
}

inline std::string_view header_of(const HttpResponse& response, std::string_view name) {
  for (const Header& header : response.headers) {
    if (same_word(header.name, name)) return header.value;
  }
  return {};
}

}  // namespace rostrum::net
