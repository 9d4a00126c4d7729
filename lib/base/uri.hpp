// Request targets and their percent-encoding (RFC 3986), strict: what cannot be normalised safely is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <rostrum/error.hpp>

namespace rostrum {

/// "%41" -> "A"; with `form` also '+' -> ' '. Nothing where a '%' is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, bool form = false);

struct Target {
  std::string path;   // decoded, starts with '/'; no ".", ".." or empty segment but for a trailing '/'
  std::string query;  // as sent, without '?'
};

/// "/live/cam?x=1" -> {"/live/cam", "x=1"}. "." segments are dropped. Fails with Errc::bad_syntax for "..", empty segments, an
/// encoded '/' or '\', control characters, broken escapes and text that is no UTF-8: each has been a way around somebody's check.
Result<Target> parse_target(std::string_view target);

/// The first value of `key` in a query ("a=1&b=2"), decoded as form data. A broken escape is left as it stands.
std::optional<std::string> query_value(std::string_view query, std::string_view key);

}  // namespace rostrum
