#include "net/forwarded.hpp"

#include <doctest/doctest.h>

using namespace rostrum;
using namespace rostrum::net;

namespace {

Client resolve(const char* peer, std::vector<Header> headers, std::vector<std::string> trusted = {"10.0.0.0/8", "127.0.0.1"}) {
  std::vector<Network> networks;
  for (const auto& text : trusted) networks.push_back(*parse_network(text));
  HttpRequest request;
  request.headers = std::move(headers);
  const auto address = *parse_address(peer);
  request.client = {peer, 4711, "", false, address.loopback()};
  resolve_client(request, address, networks);
  return request.client;
}

}  // namespace

TEST_CASE("forwarded: without a trusted proxy the headers name nobody") {
  const auto client = resolve("192.0.2.1", {{"X-Forwarded-For", "198.51.100.7"}, {"User-Agent", "curl"}});
  CHECK(client.address == "192.0.2.1");
  CHECK(client.port == 4711);
  CHECK(client.user_agent == "curl");
}

TEST_CASE("forwarded: the client is the rightmost address that no trusted proxy vouches for") {
  CHECK(resolve("10.0.0.1", {{"X-Forwarded-For", "1.1.1.1, 198.51.100.7, 10.0.0.2"}}).address == "198.51.100.7");
  CHECK(resolve("10.0.0.1", {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "198.51.100.7"}}).address == "198.51.100.7");
  CHECK(resolve("10.0.0.1", {{"X-Forwarded-For", "10.0.0.9"}}).address == "10.0.0.9");
  CHECK(resolve("10.0.0.1", {{"Forwarded", "for=1.1.1.1, for=\"[2001:db8::7]:443\";proto=https, for=10.1.1.1"}}).address ==
        "2001:db8::7");
  CHECK(resolve("10.0.0.1", {{"Forwarded", "For=198.51.100.7;proto=https"}}).secure);
  CHECK(resolve("10.0.0.1", {{"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", "https"}}).secure);
  CHECK(resolve("10.0.0.1", {{"X-Forwarded-For", "198.51.100.7:5123"}}).address == "198.51.100.7");
  CHECK(resolve("10.0.0.1", {}).address == "10.0.0.1");
}

TEST_CASE("forwarded: a name that is no address ends the search at the proxy that gave it") {
  CHECK(resolve("10.0.0.1", {{"Forwarded", "for=unknown"}}).address == "10.0.0.1");
  CHECK(resolve("10.0.0.1", {{"X-Forwarded-For", "127.0.0.1, _hidden"}}).address == "10.0.0.1");
  CHECK_FALSE(resolve("127.0.0.1", {{"X-Forwarded-For", "garbage"}}).loopback);
  CHECK(resolve("10.0.0.1", {{"X-Forwarded-For", ""}}).address == "10.0.0.1");
}

TEST_CASE("forwarded: where the two headers disagree, one is the client's lie") {
  const auto client = resolve("127.0.0.1", {{"Forwarded", "for=127.0.0.1"}, {"X-Forwarded-For", "198.51.100.7"}});
  CHECK(client.address == "127.0.0.1");
  CHECK_FALSE(client.loopback);
  CHECK(resolve("10.0.0.1", {{"Forwarded", "for=198.51.100.7"}, {"X-Forwarded-For", "198.51.100.7"}}).address == "198.51.100.7");
}

TEST_CASE("forwarded: loopback means this machine and nobody behind it") {
  CHECK(resolve("127.0.0.1", {}, {}).loopback);
  CHECK(resolve("::1", {}, {}).loopback);
  for (const char* name : {"X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"}) {
    INFO(name);
    CHECK_FALSE(resolve("127.0.0.1", {{name, "127.0.0.1"}}, {}).loopback);
  }
  // HAProxy and others append a line of their own to what the client sent.
  CHECK_FALSE(resolve("127.0.0.1", {{"X-Forwarded-For", ""}, {"X-Forwarded-For", "198.51.100.7"}}, {}).loopback);
  CHECK_FALSE(resolve("127.0.0.1", {{"X-Forwarded-Proto", "https"}}, {}).loopback);
  CHECK_FALSE(resolve("127.0.0.1", {{"X-Forwarded-For", "198.51.100.7"}}).loopback);
  CHECK(resolve("127.0.0.1", {{"X-Forwarded-For", "127.0.0.1"}}).loopback);
  CHECK(resolve("127.0.0.1", {}).loopback);
}

TEST_CASE("cidr: networks hold their addresses, mapped or not") {
  const auto holds = [](const char* network, const char* address) {
    return parse_network(network)->contains(*parse_address(address));
  };
  CHECK(holds("10.0.0.0/8", "10.255.0.1"));
  CHECK(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
  CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  CHECK(holds("192.0.2.128/25", "192.0.2.200"));
  CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.100"));
  CHECK(holds("0.0.0.0/0", "203.0.113.1"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  CHECK(holds("2001:db8::/32", "2001:db8:ffff::1"));
  CHECK(holds("[::1]", "::1"));
  CHECK(holds("192.0.2.1", "192.0.2.1"));
}

TEST_CASE("cidr: what is no network is refused with a remedy") {
  for (const char* text :
       {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.256", "2001:db8::/129", "10.0.0.1/8"}) {
    INFO(text);
    const auto network = parse_network(text);
    REQUIRE_FALSE(network);
    CHECK(network.error().code == Errc::bad_param);
  }
  CHECK(parse_network("10.0.0.1/8").error().what == "\"10.0.0.1/8\" has bits set beyond its prefix; write 10.0.0.0/8");
  CHECK(endpoint_text(*parse_address("::ffff:1.2.3.4"), 80) == "1.2.3.4:80");
  CHECK(endpoint_text(*parse_address("[2001:DB8::1]"), 80) == "[2001:db8::1]:80");
}
