// An open socket over a real connection: messages, pings, slow readers, TLS.
#include <doctest/doctest.h>

#include "tls_fixture.hpp"
#include "websocket_fixture.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

TEST_CASE("websocket: pings are answered with their payload, also between the frames of a message") {
  Server server;
  WebSocketClient client(server.address());
  client.send(client_frame(Opcode::ping, "one") + client_frame(Opcode::text, "a", {.final = false}) +
              client_frame(Opcode::ping, "two") + client_frame(Opcode::pong, "nobody asked") +
              client_frame(Opcode::continuation, "b"));
  CHECK(client.says() == "pong one");
  CHECK(client.says() == "pong two");
  CHECK(client.says() == "text ab");
}

TEST_CASE("websocket: a peer that sends pings and reads nothing gets the newest pong, not all of them") {
  Server server(within({.unsent_bytes = 4 << 20}));
  WebSocketClient client(server.address(), "/ws", 4096);
  client.send(client_frame(Opcode::text, "flood 60"));  // more than the kernel takes; less than the limit
  std::string pings;
  for (int i = 0; i < 3000; ++i) pings += client_frame(Opcode::ping, std::to_string(i));
  client.send(pings);
  int pongs = 0;
  std::string last;
  client.send(client_frame(Opcode::text, "last"));
  while (last != "pong 2999") {
    last = client.says();
    REQUIRE(last != "end");
    pongs += last.starts_with("pong");
  }
  CHECK(pongs < 3000);
}

TEST_CASE("websocket: a slow reader is closed past the limit, with what was queued before") {
  Server server(within({.unsent_bytes = 1 << 20}));
  WebSocketClient client(server.address(), "/ws", 4096);
  client.send(client_frame(Opcode::text, "flood 1000"));
  CHECK(eventually([&] { return server.metrics.count("rostrum_websocket_closed_total{endpoint=test,how=slow_reader}") == 1; }));
  std::string said;
  while ((said = client.says()).starts_with("binary")) {
  }
  CHECK(said == "close 1013");
  CHECK(client.says() == "end");
}

TEST_CASE("websocket: where slow readers are spared, messages are left out until all is read, and the handler hears how many") {
  auto options = within({.unsent_bytes = 1 << 20});
  options.slow_reader = SlowReader::skip;
  Server server(options);
  WebSocketClient client(server.address(), "/ws", 4096);
  client.send(client_frame(Opcode::text, "flood 1000"));
  int got = 0;
  std::string said;
  while ((said = client.says()).starts_with("binary")) ++got;
  CHECK(said == "text missed " + std::to_string(1001 - got));
  CHECK(got < 1000);
  client.send(client_frame(Opcode::text, "again"));
  CHECK(client.says() == "text again");
  CHECK(server.metrics.count("rostrum_websocket_messages_total{endpoint=test,way=skipped}") ==
        1001u - static_cast<unsigned>(got));
}

TEST_CASE("websocket: a handler that reads nothing holds the peer back, and deadlines wait") {
  Server server(within({.ping_after = 20ms, .pong_within = 20ms}));
  WebSocketClient client(server.address());
  client.send(client_frame(Opcode::text, "pause"));
  // A ping may have been sent before the pause. Its deadline would have ended the socket by the time this does not fit any more.
  const std::string block = client_frame(Opcode::binary, std::string(60'000, 'x'));
  std::size_t taken = 0;
  while (const std::size_t count = client.try_send(block)) taken += count;
  CHECK(taken > 0);
  CHECK(server.journal.text().find("closed") == std::string::npos);
}

TEST_CASE("websocket: over TLS it is the same: early frames, large messages, slow readers, the end") {
  TlsFixture tls({"http/1.1"});
  Journal journal;
  WebSocketEndpoint endpoint("test", within({.unsent_bytes = 1 << 20}), tls.metrics);
  HttpFixture http(
      [&](HttpRequest request, HttpReply reply) {
        CHECK(request.client.secure);
        reply(endpoint.accept(request, [&](WebSocket& socket) { return std::make_unique<Echo>(socket, journal); }));
      },
      {}, {}, 1, tls.server);
  {
    TlsClient client(http.address(), {.alpn = {"http/1.1"}});
    REQUIRE_MESSAGE(client.established(), client.error());
    const std::string payload(60'000, 'e');
    client.send(upgrade_request() + client_frame(Opcode::text, "early") + client_frame(Opcode::binary, payload));
    CHECK(status(client.answer(true)) == "101");
    CHECK(client.exactly(7) ==
          "\x81\x05"
          "early");
    CHECK(client.exactly(4 + payload.size()).substr(4) == payload);
    client.send(client_close(1000, "bye"));
    CHECK(client.exactly(4) == "\x88\x02\x03\xe8");
    CHECK(client.ended());
    CHECK(client.heard_goodbye());
    CHECK(journal.has("closed 1000 clean bye"));
  }
  TlsClient slow(http.address(), {.alpn = {"http/1.1"}, .receive_buffer = 4096});
  slow.send(upgrade_request() + client_frame(Opcode::text, "flood 1000"));
  CHECK(eventually([&] { return tls.metrics.count("rostrum_websocket_closed_total{endpoint=test,how=slow_reader}") == 1; }));
  CHECK(slow.rest().ends_with("bytes are unsent"));  // the close frame's reason
}
