// HTTP/1.1 (RFC 9112) on a connection: parsed by Beast, answered in the order of the requests.
#pragma once

#include <memory>

#include "net/http_origin.hpp"
#include "net/wire.hpp"

namespace rostrum::net {

std::unique_ptr<WireProtocol> make_http1(WireConnection&, std::shared_ptr<const HttpOrigin>);

}  // namespace rostrum::net
