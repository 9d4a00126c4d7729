// HTTP on a Connection, answered by values: what a door needs to know of it.
#pragma once

#include <functional>
#include <memory>

#include <rostrum/door.hpp>
#include <rostrum/http.hpp>

namespace rostrum::net {

struct HttpLimits {
  std::size_t head_bytes = 16 << 10;
  std::size_t headers = 100;
  std::size_t body_bytes = 1 << 20;
  std::size_t pipelined = 16;                   // requests read ahead of their answers (HTTP/1.1)
  std::size_t streams = 128;                    // requests at once (HTTP/2)
  Duration head = std::chrono::seconds(10);     // from the first byte of a head to its end, and from accept to the first byte
  Duration body = std::chrono::seconds(60);     // from the end of a head to the end of its body
  Duration idle = std::chrono::seconds(75);     // keep-alive without a request
  Duration answer = std::chrono::seconds(60);   // a parked request; then 504
  Duration stalled = std::chrono::seconds(30);  // HTTP/2: a reader that opens no window for what it has asked for
};

/// Any thread may answer. The request's client is filled from the connection and, where the peer is trusted, from Forwarded and
/// X-Forwarded-For.
using HttpHandler = std::function<void(HttpRequest, HttpReply)>;

/// A handler with its limits and counters, shared by all connections of its doors. Thread-safe.
class HttpOrigin;
std::shared_ptr<const HttpOrigin> make_origin(HttpHandler, const HttpLimits&, Metrics&);

/// HTTP/2 where TLS has agreed on it, else HTTP/1.1. Keep-alive, pipelining (answers in order), HEAD (body cut here), Expect:
/// 100-continue, Date; bad requests get 400/408/413/414/417/431/501/505, in HTTP/1.1 also a close. The connection must be one of
/// lib/net's. A peer that goes away while its request is parked abandons the reply.
std::unique_ptr<Protocol> make_http(Connection&, std::shared_ptr<const HttpOrigin>);

}  // namespace rostrum::net
