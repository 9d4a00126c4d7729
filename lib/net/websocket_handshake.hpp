// The opening handshake, a server's half (RFC 6455 4.2).
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include <rostrum/http.hpp>

namespace rostrum::net {

struct Handshake {
  std::string accept;       // Sec-WebSocket-Accept
  std::string subprotocol;  // "" = none
};

/// What the request's headers come to, or the refusal that answers them. The origin is not looked at.
tl::expected<Handshake, HttpResponse> read_handshake(const HttpRequest&, const std::vector<std::string>& subprotocols);

/// Sec-WebSocket-Accept for that Sec-WebSocket-Key.
std::string accept_key(std::string_view key);

}  // namespace rostrum::net
