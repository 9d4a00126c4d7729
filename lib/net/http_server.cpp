#include "net/http_server.hpp"

#include <utility>

#include "net/http1.hpp"
#include "net/http2.hpp"

namespace rostrum::net {

std::unique_ptr<Protocol> make_http(Connection& connection, std::shared_ptr<const HttpOrigin> origin) {
  auto& wire = dynamic_cast<WireConnection&>(connection);
  if (wire.alpn() == "h2") return make_http2(wire, std::move(origin));
  return make_http1(wire, std::move(origin));
}

}  // namespace rostrum::net
