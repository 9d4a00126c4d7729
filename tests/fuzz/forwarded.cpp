// Any header values, from a trusted proxy, a stranger and this machine: an address that parses, and no way past the proxies. The
// same bytes as a network, a target and a query.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/uri.hpp"
#include "base/utf8.hpp"
#include "net/forwarded.hpp"

using namespace rostrum;
using namespace rostrum::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t half = text.find('\n');
  static const std::vector<Network> trusted{*parse_network("10.0.0.0/8")};
  HttpRequest request;
  request.headers.push_back({"Forwarded", text.substr(0, half)});
  if (half != text.npos) request.headers.push_back({"X-Forwarded-For", text.substr(half + 1)});
  for (const char* from : {"10.0.0.1", "192.0.2.1", "::1"}) {
    const IpAddress peer = *parse_address(from);
    request.client = {peer.text(), 1, "", false, peer.loopback()};
    resolve_client(request, peer, trusted);
    const auto client = parse_address(request.client.address);
    if (!client || endpoint_text(*client, request.client.port).empty()) std::abort();
    if (request.client.loopback && !client->loopback()) std::abort();
    if (peer != *parse_address("10.0.0.1") && (*client != peer || request.client.loopback))
      std::abort();  // it speaks for somebody
  }
  request.query = text;
  bool found = false;
  if (!request.parameter("a", &found).empty() && !found) std::abort();
  if (auto network = parse_network(text); network && !network->contains(network->base)) std::abort();
  if (auto target = parse_target(text); target && (target->path.find("//") != std::string::npos || !is_utf8(target->path)))
    std::abort();
  return 0;
}
