// What stands behind HTTP/1.1 and HTTP/2 alike: the handler, its limits, and what is counted.
#pragma once

#include <array>
#include <memory>

#include <rostrum/http.hpp>
#include <rostrum/metrics.hpp>

#include "net/http_exchange.hpp"
#include "net/http_server.hpp"
#include "net/wire.hpp"

namespace rostrum::net {

/// Why a request is answered by the server itself.
struct Refusal {
  int status = 400;
  std::string detail;
};
HttpResponse answer_of(const Refusal&);
/// What the connection's end says of it in log and metrics.
Error error_of(const Refusal&);

/// Thread-safe.
class HttpOrigin {
 public:
  HttpOrigin(HttpHandler handler, const HttpLimits& limits, Metrics& metrics);

  const HttpLimits limits;

  /// Gives the handler a request that came over the connection. What it throws becomes a 500. Connection thread only; the owner
  /// hears of an answer that comes within the call, so it must know that it is in one.
  void ask(const WireConnection&, HttpRequest, const std::shared_ptr<Exchange>&) const;
  /// Counts an answer that is about to leave, and puts a 500 in the place of one that no HTTP message can say.
  void leaving(HttpResponse&) const;

 private:
  const HttpHandler handler_;
  std::array<Counter*, 5> answers_{};  // by class of status
};

}  // namespace rostrum::net
