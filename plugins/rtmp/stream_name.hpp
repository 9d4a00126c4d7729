// What a publisher's application and key say about the stream's name.
#pragma once

#include <string>
#include <string_view>

#include <rostrum/error.hpp>

namespace rostrum::rtmp {

inline constexpr std::size_t max_name_bytes = 255;
inline constexpr std::size_t max_query_bytes = 4096;

struct Address {
  std::string path;
  std::string query;  // without '?'
};
/// Cuts at the first '?'.
Address split_query(std::string_view text);

/// An application: one or more levels ("live", "live/room1"), without slashes at its ends; each level a name.
Result<std::string> check_app(std::string_view app);
/// A key's path: one level.
Result<std::string> check_key(std::string_view key);
/// Both queries joined, the key's first.
Result<std::string> join_queries(std::string_view key_query, std::string_view app_query);

/// `tc_url` for logs and hooks: without query and without user and password.
std::string without_secrets(std::string_view tc_url);
/// `text` cut to max_name_bytes, with '?' for what is not printable ASCII.
std::string printable(std::string_view text);

}  // namespace rostrum::rtmp
