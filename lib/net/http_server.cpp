#include "net/http_server.hpp"

#include <utility>

#include "net/http1.hpp"

namespace rostrum::net {

std::unique_ptr<Protocol> make_http(Connection& connection, std::shared_ptr<const HttpOrigin> origin) {
  return make_http1(dynamic_cast<WireConnection&>(connection), std::move(origin));
}

}  // namespace rostrum::net
