// HTTP/2's own ways to make a server work for nothing. Each ends in a close with a reason, and the next connection is served.
#include <doctest/doctest.h>

#include "http2_fixture.hpp"
#include "parked.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

namespace {

const std::string get_head =
    "\x82\x84\x87\x41\x01"
    "a";  // GET / https, authority a: HPACK's static table
constexpr std::uint8_t whole = NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM;

std::string request(std::int32_t id, std::uint8_t flags = whole) {
  return http2_frame(NGHTTP2_HEADERS, flags, id, get_head);
}
std::string reset(std::int32_t id) {
  return http2_frame(NGHTTP2_RST_STREAM, 0, id, std::string("\0\0\0\x08", 4));
}

struct Attack {
  Parked parked;
  SecureFixture server{into(parked)};
  Log log;
  TlsClient client{server.address(), {.alpn = {"h2"}}};
  Attack() { client.send(http2_preface()); }
  /// What the server said last, once it has closed.
  void must_end(const std::string& why) {
    const std::string said = client.rest();
    CHECK(log.has(why));
    CHECK(eventually([&] { return server.metrics.level("rostrum_connections{door=http}") == 0; }));
    CHECK(eventually([&] { return parked.abandoned == static_cast<int>(parked.size()); }));
    SecureFixture healthy(echo);
    CHECK(Http2Client(healthy.address()).ask("/").status() == "200");
  }
};

}  // namespace

TEST_CASE("http2: rapid reset is cut off, and its requests are abandoned") {
  Attack attack;
  SUBCASE("in one burst") {
    std::string burst;
    for (int i = 0; i < 5000; ++i) burst += request(2 * i + 1) + reset(2 * i + 1);
    attack.client.send(burst);
    attack.must_end("too many requests were cancelled (rapid reset)");
    CHECK(attack.parked.size() < 300);
  }
  SUBCASE("by making the server reset") {
    std::string burst;
    // A window update of 0 is the client's error on a stream (RFC 9113 6.9): the server has to reset it.
    for (int i = 0; i < 5000; ++i)
      burst += request(2 * i + 1) + http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 2 * i + 1, std::string(4, '\0'));
    attack.client.send(burst);
    attack.must_end("HTTP/2: ");
    CHECK(attack.parked.size() < 300);
  }
}

TEST_CASE("http2: a player that cancels now and then is no attacker") {
  SecureFixture server(echo);
  Http2Client client(server.address());
  for (int i = 0; i < 400; ++i) {
    client.ask("/");
    if (i % 2 == 0) client.reset(client.begin({}));
  }
  CHECK(client.ask("/").status() == "200");
}

TEST_CASE("http2: more streams than are allowed are refused, and a client that insists is closed") {
  Attack attack;
  std::string burst;
  for (int i = 0; i < 128 + 150; ++i) burst += request(2 * i + 1);
  attack.client.send(burst);
  REQUIRE(attack.parked.wait_for(128));
  attack.client.send(http2_frame(NGHTTP2_PING, 0, 0, "alive..."));
  while (attack.client.until("alive...").find("alive...") == std::string::npos) {
  }
  CHECK(attack.parked.size() == 128);
  burst.clear();
  for (int i = 300; i < 600; ++i) burst += request(2 * i + 1);
  attack.client.send(burst);
  attack.must_end("HTTP/2: ");
}

TEST_CASE("http2: frames that ask for nothing are taken in moderation") {
  Attack attack;
  std::string frame;
  SUBCASE("pings") {
    frame = http2_frame(NGHTTP2_PING, 0, 0, "12345678");
  }
  SUBCASE("settings") {
    frame = http2_frame(NGHTTP2_SETTINGS, 0, 0, "");
  }
  SUBCASE("empty data") {
    attack.client.send(request(1, NGHTTP2_FLAG_END_HEADERS));
    frame = http2_frame(NGHTTP2_DATA, 0, 1, "");
  }
  SUBCASE("data of a byte each") {
    attack.client.send(request(1, NGHTTP2_FLAG_END_HEADERS));
    frame = http2_frame(NGHTTP2_DATA, 0, 1, "x");
  }
  SUBCASE("priorities") {
    frame = http2_frame(NGHTTP2_PRIORITY, 0, 3, std::string("\0\0\0\0\x10", 5));
  }
  SUBCASE("window updates") {
    frame = http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\0\0\0\1", 4));
  }
  SUBCASE("frames of no known type") {
    frame = http2_frame(0xee, 0, 0, "");
  }
  std::string flood;
  for (int i = 0; i < 3000; ++i) flood += frame;
  attack.client.send(flood);
  attack.must_end("HTTP/2: a flood of frames that ask for nothing");
}

TEST_CASE("http2: a head without an end is cut off") {
  Attack attack;
  attack.client.send(http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, get_head));
  const std::string more = http2_frame(NGHTTP2_CONTINUATION, 0, 1, "");
  std::string flood;
  for (int i = 0; i < 100'000; ++i) flood += more;
  attack.client.send(flood);
  attack.must_end("HTTP/2: ");
  CHECK(attack.parked.size() == 0);
}

TEST_CASE("http2: a head that unpacks to far more than it is") {
  Attack attack;
  // A field of 3000 bytes goes into the dynamic table (62) once, and is named with a byte each after that.
  std::string bomb = get_head + "\x40\x01x\x7f" + std::string("\xb9\x16", 2) + std::string(3000 - 64, 'v');
  bomb += std::string(10'000, '\xbe');
  attack.client.send(http2_frame(NGHTTP2_HEADERS, whole, 1, bomb));
  attack.must_end("HTTP/2: ");
  CHECK(attack.parked.size() == 0);
}

TEST_CASE("http2: who agrees on h2 and speaks something else is closed") {
  SecureFixture server(echo);
  const Log log;
  TlsClient client(server.address(), {.alpn = {"h2"}});
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.rest();
  CHECK(log.has("HTTP/2 was agreed on, but its preface did not come"));
}

TEST_CASE("http2: bodies that are never finished are bounded over all of a connection") {
  HttpLimits limits;
  limits.body_bytes = 100'000;
  SecureFixture server(echo, limits);
  Http2Client client(server.address());
  int refused = 0;
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(client.begin({{":method", "POST"}}, std::string(60'000, 'b'), false));
  client.until([&] {
    refused = 0;
    for (const auto id : ids) refused += client.answers[id].status() == "503" ? 1 : 0;
    return refused > 0;
  });
  CHECK(refused > 0);
  CHECK(client.ask("/").status() == "200");
}

TEST_CASE("http2: a peer that asks and never reads is bounded") {
  Parked parked;
  SecureFixture server([](HttpRequest, HttpReply reply) { reply({200, {}, {Bytes(std::string(50'000, 'x'))}}); });
  const Log log;
  TlsClient client(server.address(), {.alpn = {"h2"}, .receive_buffer = 4096});
  client.send(http2_preface());
  std::string flood;
  for (int i = 0; i < 20'000; ++i) flood += request(2 * i + 1);
  client.send(flood);
  CHECK(eventually([&] { return server.metrics.level("rostrum_connections{door=http}") == 0; }));
  CHECK(log.has("HTTP/2: "));
}
