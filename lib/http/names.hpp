// What a request names: a path of the house's own, something below a stream, this machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rostrum::http {

/// "v1" of "/v1/streams".
std::string_view first_segment(std::string_view path);

/// What stands for each "{...}" of the pattern, where the path is one of it.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path);

/// A viewer's path, "/app/name/rest".
struct Below {
  std::string_view stream;  // "app/name"
  std::string_view rest;    // never empty
};
/// Parts of `path`.
std::optional<Below> below_a_stream(std::string_view path);

/// Can this Host header mean no other machine, whoever resolves it: an address, "localhost" or a name below it, or nothing?
/// A page of another site may have its own name resolve to 127.0.0.1 and then ask us from the browser of somebody on this
/// machine (DNS rebinding), and only the header tells. Nobody can make an address or "localhost" mean another machine.
bool names_this_machine(std::string_view host);

}  // namespace rostrum::http
