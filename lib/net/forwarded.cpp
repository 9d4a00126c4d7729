#include "net/forwarded.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "net/http_text.hpp"

namespace rostrum::net {
namespace {

struct Hop {
  std::optional<IpAddress> address;  // nothing: "unknown", "_hidden", or no address at all
  bool secure = false;
};

std::string unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

// RFC 7239 6: "192.0.2.43", "192.0.2.43:47011", "[2001:db8::17]:4711"; proxies also write a bare IPv6 address.
std::optional<IpAddress> parse_node(std::string_view node) {
  if (node.starts_with('[')) return parse_address(node.substr(0, node.find(']') + 1));
  const std::size_t colon = node.find(':');
  if (colon != node.npos && node.find(':', colon + 1) == node.npos) node = node.substr(0, colon);
  return parse_address(node);
}

Hop parse_forwarded(std::string_view element) {
  Hop hop;
  while (!element.empty()) {
    const std::string_view pair = next_element(element, ';');
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos) continue;
    const std::string value = unquoted(pair.substr(equals + 1));
    if (same_word(pair.substr(0, equals), "for")) hop.address = parse_node(value);
    if (same_word(pair.substr(0, equals), "proto")) hop.secure = same_word(value, "https");
  }
  return hop;
}

// From the peer backwards, until somebody who is not trusted.
struct Found {
  IpAddress address;
  bool secure = false;
  bool known = true;  // false: the last hop's name is no address; `address` is the last that is
};

template <class Parse>
std::optional<Found> walk(const HttpRequest& request, std::string_view name, const IpAddress& peer,
                          const std::vector<Network>& trusted, Parse parse) {
  std::vector<Hop> hops;
  bool present = false;
  for (const Header& header : request.headers) {
    if (!same_word(header.name, name)) continue;
    present = true;
    for (std::string_view list = header.value; !list.empty();) hops.push_back(parse(next_element(list, ',')));
  }
  if (!present) return std::nullopt;
  Found found{peer};
  for (auto hop = hops.rbegin(); hop != hops.rend() && contains(trusted, found.address); ++hop) {
    if (!hop->address) {
      found.known = false;
      break;
    }
    found.address = *hop->address;
    found.secure = hop->secure;
  }
  return found;
}

// Empty ones count too: a client may have sent one in front of the proxy's own.
bool speaks_for_another(const HttpRequest& request) {
  constexpr std::string_view family = "X-Forwarded-";
  return std::any_of(request.headers.begin(), request.headers.end(), [&](const Header& header) {
    const std::string_view name = header.name;
    return same_word(name, "Forwarded") || same_word(name, "Via") || same_word(name, "X-Real-IP") ||
           same_word(name.substr(0, family.size()), family);
  });
}

}  // namespace

void resolve_client(HttpRequest& request, const IpAddress& peer, const std::vector<Network>& trusted) {
  Client& client = request.client;
  client.user_agent = request.header("User-Agent");
  if (!contains(trusted, peer)) {
    if (client.loopback) client.loopback = !speaks_for_another(request);
    return;
  }
  const auto forwarded = walk(request, "Forwarded", peer, trusted, parse_forwarded);
  const auto x_forwarded = walk(request, "X-Forwarded-For", peer, trusted, [](std::string_view node) {
    return Hop{parse_node(node), false};
  });
  if (!forwarded && !x_forwarded) {
    if (client.loopback) client.loopback = !speaks_for_another(request);
    return;
  }
  const Found& found = x_forwarded ? *x_forwarded : *forwarded;
  if (forwarded && x_forwarded && forwarded->address != x_forwarded->address) {
    client.loopback = false;
    return;
  }
  client.secure = client.secure || (forwarded && forwarded->secure) || same_word(request.header("X-Forwarded-Proto"), "https");
  client.loopback = found.known && found.address.loopback();
  if (found.address != peer) {
    client.address = found.address.text();
    client.port = 0;  // of the proxy's connection to the client: not told
  }
}

}  // namespace rostrum::net
