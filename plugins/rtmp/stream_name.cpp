#include "rtmp/stream_name.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace rostrum::rtmp {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Names go into JSON, URLs and logs, so they are UTF-8 or nothing (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t size = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (size == 0 || text.size() - i < size) return false;
    std::uint32_t code = size == 1 ? first : first & (0x7fU >> size);
    for (std::size_t k = 1; k < size; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if (next >> 6 != 2) return false;
      code = code << 6 | (next & 0x3f);
    }
    constexpr std::uint32_t least[]{0, 0, 0x80, 0x800, 0x10000};
    if (code < least[size] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    i += size;
  }
  return true;
}

Result<void> check_level(std::string_view what, std::string_view level) {
  const auto bad = [&](std::string_view why) { return fail(Errc::bad_param, "", fmt::format("{} {}", what, why)); };
  if (level.empty()) return bad("is empty; publish to rtmp://host/app/key");
  if (level == "." || level == "..") return bad("must not be '.' or '..'");
  if (std::any_of(level.begin(), level.end(), is_control)) return bad("has control characters");
  if (!is_utf8(level)) return bad("is not UTF-8");
  return {};
}

}  // namespace

Address split_query(std::string_view text) {
  const std::size_t mark = text.find('?');
  if (mark == text.npos) return {std::string(text), {}};
  return {std::string(text.substr(0, mark)), std::string(text.substr(mark + 1))};
}

Result<std::string> check_app(std::string_view app) {
  while (app.starts_with('/')) app.remove_prefix(1);
  while (app.ends_with('/')) app.remove_suffix(1);
  if (app.size() > max_name_bytes)
    return fail(Errc::bad_param, "", fmt::format("the application's name is longer than {} bytes", max_name_bytes));
  for (std::string_view left = app;;) {
    const std::size_t slash = left.find('/');
    if (auto good = check_level("the application's name", left.substr(0, slash)); !good) return tl::unexpected(good.error());
    if (slash == left.npos) return std::string(app);
    left.remove_prefix(slash + 1);
  }
}

Result<std::string> check_key(std::string_view key) {
  if (key.size() > max_name_bytes)
    return fail(Errc::bad_param, "", fmt::format("the stream key is longer than {} bytes", max_name_bytes));
  if (key.find('/') != key.npos) return fail(Errc::bad_param, "", "the stream key must not have a '/'");
  if (auto good = check_level("the stream key", key); !good) return tl::unexpected(good.error());
  return std::string(key);
}

Result<std::string> join_queries(std::string_view key_query, std::string_view app_query) {
  std::string query(key_query);
  if (!query.empty() && !app_query.empty() && app_query != key_query) query += '&';
  if (app_query != key_query) query += app_query;
  if (query.size() > max_query_bytes)
    return fail(Errc::bad_param, "", fmt::format("the query is longer than {} bytes", max_query_bytes));
  if (std::any_of(query.begin(), query.end(), is_control) || !is_utf8(query))
    return fail(Errc::bad_param, "", "the query has control characters or is not UTF-8");
  return query;
}

std::string without_secrets(std::string_view tc_url) {
  tc_url = tc_url.substr(0, tc_url.find('?'));
  const std::size_t scheme = tc_url.find("://");
  const std::size_t host = scheme == tc_url.npos ? 0 : scheme + 3;
  const std::size_t path = std::min(tc_url.find('/', host), tc_url.size());
  const std::size_t user = tc_url.substr(0, path).rfind('@');
  if (user == tc_url.npos || user < host) return printable(tc_url);
  return printable(std::string(tc_url.substr(0, host)) + std::string(tc_url.substr(user + 1)));
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, max_name_bytes));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

}  // namespace rostrum::rtmp
