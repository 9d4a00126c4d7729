// What a request asks for: its path and its delivery directives. Everything here comes from the network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <rostrum/error.hpp>

namespace rostrum::llhls {

/// A path below /{app}/{name}/. Views point into what was parsed.
struct Address {
  enum class What : std::uint8_t { unknown, multivariant, playlist, init, segment, part };
  What what = What::unknown;
  std::string_view label;   // of the rendition
  std::string_view token;   // of the stream's incarnation
  std::int64_t number = 0;  // MSN, or which init segment
  std::int64_t part = 0;
};
/// Never fails: what is no address of ours is `unknown`.
Address parse_address(std::string_view path);

/// rfc8216bis 6.2.5.
struct Directives {
  std::optional<std::int64_t> msn;
  std::optional<std::int64_t> part;
  bool skip = false;
  std::string session;  // as sent (percent-encoded); "" when absent or when it holds what no URI may
};
/// Fails with Errc::bad_syntax (a 400): a directive twice, no decimal number, a number past 2^53, a part without an MSN.
Result<Directives> parse_directives(std::string_view query);

}  // namespace rostrum::llhls
