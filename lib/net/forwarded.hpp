// Looking through trusted proxies: Forwarded (RFC 7239) and X-Forwarded-For.
#pragma once

#include <vector>

#include <rostrum/http.hpp>

#include "net/cidr.hpp"

namespace rostrum::net {

/// Sets `request.client` (address, port, secure, loopback, user_agent), which holds the peer's own when called.
/// The client is the rightmost address that no trusted proxy vouches for. Headers of a peer that is not trusted name nobody, but
/// they do tell that the peer speaks for somebody else: it is no loopback client then. Where Forwarded and X-Forwarded-For
/// disagree, one of them came from the client; the proxy's own address stands then.
void resolve_client(HttpRequest& request, const IpAddress& peer, const std::vector<Network>& trusted);

}  // namespace rostrum::net
