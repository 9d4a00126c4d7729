#include "http/names.hpp"

#include <algorithm>

#include "net/cidr.hpp"
#include "net/http_text.hpp"

namespace rostrum::http {
namespace {

// Takes the first segment off a path without its root.
std::string_view take_segment(std::string_view& path) {
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(path.size(), segment.size() + 1));
  return segment;
}

std::string_view without_root(std::string_view path) {
  return path.substr(std::min<std::size_t>(path.size(), 1));
}

}  // namespace

std::string_view first_segment(std::string_view path) {
  path = without_root(path);
  return take_segment(path);
}

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return std::nullopt;
  pattern = without_root(pattern), path = without_root(path);
  std::vector<std::string> taken;
  while (!pattern.empty()) {
    const std::string_view want = take_segment(pattern), have = take_segment(path);
    if (have.empty() || (!want.starts_with('{') && want != have)) return std::nullopt;
    if (want.starts_with('{')) taken.emplace_back(have);
  }
  return taken;
}

std::optional<Below> below_a_stream(std::string_view path) {
  path = without_root(path);
  const auto app = path.find('/');
  const auto name = app == path.npos ? app : path.find('/', app + 1);
  if (name == path.npos || name + 1 == path.size()) return std::nullopt;
  return Below{path.substr(0, name), path.substr(name + 1)};
}

bool names_this_machine(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool alone = colon != host.npos && (host.find(':') == colon || host.substr(0, colon).ends_with(']'));
  if (alone && host.find_first_not_of("0123456789", colon + 1) == host.npos) host = host.substr(0, colon);  // its port
  while (host.ends_with('.')) host.remove_suffix(1);
  constexpr std::string_view local = "localhost";
  const std::string_view last = host.substr(host.rfind('.') + 1);
  const bool below_local = same_word(last, local) && net::plausible_host(host) && host.find_first_of("[]:") == host.npos;
  return host.empty() || below_local || net::parse_address(host).has_value();
}

}  // namespace rostrum::http
