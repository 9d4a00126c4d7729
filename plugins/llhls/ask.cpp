#include "llhls/ask.hpp"

#include <algorithm>

namespace rostrum::llhls {
namespace {

// Sixteen digits: less than 2^53, what a JavaScript player can count to, and far from overflow.
std::optional<std::int64_t> decimal(std::string_view text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value <= (std::int64_t{1} << 53) ? std::optional(value) : std::nullopt;
}

bool cut_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// RFC 3986 6.2.2.2: an escaped character is the same query. What is no escape stays, and is then no name and no number of ours.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && nibble(text[i + 1]) >= 0 && nibble(text[i + 2]) >= 0;
    plain += escape ? static_cast<char>(nibble(text[i + 1]) * 16 + nibble(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return plain;
}

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~%").find(c) != std::string_view::npos;
}

}  // namespace

Address parse_address(std::string_view path) {
  Address address;
  if (path == "index.m3u8") {
    address.what = Address::What::multivariant;
    return address;
  }
  const auto slash = path.find('/');
  if (slash == 0 || slash == std::string_view::npos) return {};
  address.label = path.substr(0, slash);
  std::string_view name = path.substr(slash + 1);
  if (name == "index.m3u8") {
    address.what = Address::What::playlist;
    return address;
  }
  const auto dash = name.find('-');
  if (dash == 0 || dash == std::string_view::npos) return {};
  address.token = name.substr(0, dash);
  name.remove_prefix(dash + 1);
  if (name.starts_with("init") && cut_suffix(name, ".mp4")) {
    const auto number = decimal(name.substr(4));
    if (!number) return {};
    address.what = Address::What::init;
    address.number = *number;
    return address;
  }
  if (!cut_suffix(name, ".m4s")) return {};
  const auto dot = name.find('.');
  const auto number = decimal(name.substr(0, dot));
  if (!number) return {};
  address.what = Address::What::segment;
  address.number = *number;
  if (dot == std::string_view::npos) return address;
  const auto part = decimal(name.substr(dot + 1));
  if (!part) return {};
  address.what = Address::What::part;
  address.part = *part;
  return address;
}

Result<Directives> parse_directives(std::string_view query) {
  Directives directives;
  const auto number = [](std::optional<std::int64_t>& into, std::string_view key, std::string_view value) -> Result<void> {
    if (into) return fail(Errc::bad_syntax, std::string(key), "stands twice in the query");
    into = decimal(value);
    if (!into) return fail(Errc::bad_syntax, std::string(key), "is no decimal integer");
    return {};
  };
  bool skip_seen = false;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    const std::string key = unescaped(pair.substr(0, equals));
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    Result<void> read;
    if (key == "_HLS_msn") {
      read = number(directives.msn, key, unescaped(value));
    } else if (key == "_HLS_part") {
      read = number(directives.part, key, unescaped(value));
    } else if (key == "_HLS_skip") {
      if (skip_seen) read = fail(Errc::bad_syntax, std::string(key), "stands twice in the query");
      skip_seen = true;
      const std::string how = unescaped(value);
      directives.skip = how == "YES" || how == "v2";
    } else if (key == "session" && value.size() <= 256 && std::ranges::all_of(value, unreserved)) {
      directives.session = value;
    }
    if (!read) return tl::unexpected(read.error());
  }
  // rfc8216bis 6.2.5.2: a part index means nothing without its segment.
  if (directives.part && !directives.msn) return fail(Errc::bad_syntax, "_HLS_part", "stands without _HLS_msn");
  return directives;
}

}  // namespace rostrum::llhls
