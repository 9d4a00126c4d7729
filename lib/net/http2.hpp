// HTTP/2 (RFC 9113) on a connection: framed by nghttp2, answered in any order.
#pragma once

#include <memory>

#include "net/http_origin.hpp"
#include "net/wire.hpp"

namespace rostrum::net {

/// For a connection whose peer begins with HTTP/2's preface (ALPN "h2"). Requests that are parked cost a stream each; RST_STREAM
/// and the connection's end abandon them. A peer that spends more than it asks for (cancelled requests, empty frames, pings) gets
/// ENHANCE_YOUR_CALM and a close.
std::unique_ptr<WireProtocol> make_http2(WireConnection&, std::shared_ptr<const HttpOrigin>);

}  // namespace rostrum::net
