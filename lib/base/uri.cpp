#include "base/uri.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/utf8.hpp"

namespace rostrum {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What no path segment may have in it, as a table: each character of each request's path is looked at.
constexpr std::array<bool, 256> misplaced = [] {
  std::array<bool, 256> table{};
  for (std::size_t control = 0; control < 0x20; ++control) table[control] = true;
  for (const char c : {'\x7f', '/', '\\'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

std::string decode_or_keep(std::string_view text) {
  auto decoded = percent_decode(text, true);
  return decoded ? *std::move(decoded) : std::string(text);
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool form) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (form && text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return out;
}

Result<Target> parse_target(std::string_view target) {
  const auto refuse = [](std::string what) { return fail(Errc::bad_syntax, "request target", std::move(what)); };
  if (!target.starts_with('/')) return refuse("a path starts with '/'");
  const auto path_end = std::ranges::find_if(target, [](char c) { return c == '?' || c == '#'; });
  const auto end = static_cast<std::size_t>(path_end - target.begin());
  Target out;
  if (end < target.size() && target[end] == '?') {
    const std::string_view query = target.substr(end + 1);
    out.query = query.substr(0, query.find('#'));
  }
  std::string_view rest = target.substr(0, end);
  out.path.reserve(rest.size());
  std::optional<std::string> decoded;
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the '/' before the segment
    std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    if (segment.find('%') != segment.npos) {  // rare: most segments are copied once, into the path
      decoded = percent_decode(segment);
      if (!decoded) return refuse("'%' must be followed by two hex digits");
      segment = *decoded;
    }
    if (segment.empty() && !rest.empty()) return refuse("a path has no empty segments");
    if (segment == "..") return refuse("a path has no '..' segments");
    if (std::ranges::any_of(segment, [](char c) { return misplaced[static_cast<unsigned char>(c)]; }))
      return refuse("a path segment has no '/', '\\' or control character in it");
    if (segment == ".") {
      if (rest.empty()) out.path += '/';  // RFC 3986 5.2.4: "/a/." is "/a/"
      continue;
    }
    out.path += '/';
    out.path += segment;
  }
  if (!is_utf8(out.path)) return refuse("a path is UTF-8");
  return out;
}

std::optional<std::string> query_value(std::string_view query, std::string_view key) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : pair.size());
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    // Nearly every name is plain; only one with escapes in it needs to be decoded to be compared.
    if (name != key && (name.find_first_of("%+") == name.npos || decode_or_keep(name) != key)) continue;
    return equals == pair.npos ? std::string() : decode_or_keep(pair.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace rostrum
