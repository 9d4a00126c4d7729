// The handshake of RFC 6455 over a real connection.
#include <doctest/doctest.h>

#include "net/websocket_handshake.hpp"
#include "websocket_fixture.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

TEST_CASE("websocket: the key of RFC 6455 1.3 has the answer that stands there") {
  CHECK(accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("websocket: an accepted handshake says so, and what is sent comes back as it was") {
  Server server;
  RawClient raw(server.address());
  raw.send(upgrade_request());
  const std::string head = raw.answer(true);
  CHECK(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  CHECK(head.find("\r\nUpgrade: websocket\r\n") != head.npos);
  CHECK(head.find("\r\nConnection: Upgrade\r\n") != head.npos);
  CHECK(head.find("Content-Length") == head.npos);
  CHECK(head.find("Sec-WebSocket-Protocol") == head.npos);
  CHECK(head.find("Sec-WebSocket-Extensions") == head.npos);

  WebSocketClient client(server.address());
  client.send(client_frame(Opcode::text, "h\xc3\xa9llo"));
  CHECK(client.says() == "text h\xc3\xa9llo");
  const std::string large(60'000, '\x81');
  client.send(client_frame(Opcode::binary, large));
  CHECK(client.says() == "binary " + large);
  CHECK(eventually([&] { return server.metrics.count("rostrum_websocket_messages_total{endpoint=test,way=in}") == 2; }));
  CHECK(server.metrics.level("rostrum_websockets{endpoint=test}") == 2);
}

TEST_CASE("websocket: what is no handshake is refused, and the answer says what would be one") {
  Server server;
  const auto refusal = [&](const std::string& from, const std::string& to) { return status(server.refused(from, to)); };
  CHECK(refusal("GET", "POST /ws HTTP/1.1\r\n") == "405");
  CHECK(refusal("Upgrade: websocket", "") == "426");
  CHECK(refusal("Upgrade: websocket", "Upgrade: h2c\r\n") == "426");
  CHECK(refusal("Connection", "Connection: keep-alive\r\n") == "426");
  CHECK(refusal("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\r\n") == "426");
  CHECK(refusal("Sec-WebSocket-Key", "") == "400");
  CHECK(refusal("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n") == "400");
  CHECK(refusal("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n") == "400");
  CHECK(refusal("Sec-WebSocket-Key",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") == "400");
  CHECK(refusal("GET", "GET /ws HTTP/1.0\r\n") == "426");  // RFC 9110 7.8: HTTP/1.0 cannot upgrade
  CHECK(refusal("Upgrade: websocket", "upgrade: foo, WebSocket\r\n") == "101");
  CHECK(server.refused("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\r\n").find("\r\nSec-WebSocket-Version: 13\r\n") !=
        std::string::npos);
  const std::string plain = server.http.ask("GET /ws HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(plain.find("\r\nUpgrade: websocket\r\n") != plain.npos);
  CHECK(server.metrics.count("rostrum_websocket_refused_total{endpoint=test,reason=handshake}") == 12);
}

TEST_CASE("websocket: after a refusal the connection goes on with HTTP") {
  Server server;
  RawClient client(server.address());
  client.send(upgrade_request("/other") + "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(body(client.answer()) == "GET /other?\n");
  CHECK(body(client.answer()) == "GET /next?\n");
}

TEST_CASE("websocket: pages of other hosts may not open one, unless the host's own rule says so") {
  const std::string foreign = upgrade_request("/ws", "Origin: https://evil.example\r\n");
  {
    Server server;
    CHECK(status(server.http.ask(foreign)) == "403");
    CHECK(status(server.http.ask(upgrade_request("/ws", "Origin: null\r\n"))) == "403");
    CHECK(status(server.http.ask(upgrade_request("/ws", "Origin: https://HERE\r\n"), true)) == "101");
    CHECK(status(server.http.ask(upgrade_request("/ws", "Origin: https://here:444\r\n"))) == "403");
    CHECK(server.metrics.count("rostrum_websocket_refused_total{endpoint=test,reason=origin}") == 3);
  }
  WebSocketOptions options;
  options.allow_origin = [](std::string_view origin, const HttpRequest& request) {
    return origin == "https://evil.example" && request.path == "/ws";
  };
  Server server(options);
  CHECK(status(server.http.ask(foreign, true)) == "101");
}

TEST_CASE("websocket: the client's first subprotocol that the server speaks is taken") {
  WebSocketOptions options;
  options.subprotocols = {"room.v1", "room.v2"};
  Server server(options);
  const auto chosen = [&](std::string_view wishes) {
    const std::string head = server.http.ask(upgrade_request("/ws", wishes), true);
    const auto at = head.find("\r\nSec-WebSocket-Protocol: ");
    return at == head.npos ? "none" : head.substr(at + 26, head.find("\r\n", at + 2) - at - 26);
  };
  CHECK(chosen("Sec-WebSocket-Protocol: x, room.v2, room.v1\r\n") == "room.v2");
  CHECK(chosen("Sec-WebSocket-Protocol: x\r\nSec-WebSocket-Protocol: room.v1\r\n") == "room.v1");
  CHECK(chosen("Sec-WebSocket-Protocol: x\r\n") == "none");
  CHECK(chosen("") == "none");
  CHECK(server.journal.has("open room.v2"));
}

TEST_CASE("websocket: an answer from another thread opens the socket, with the frames that came early") {
  Server server;
  RawClient client(server.address());
  client.send(upgrade_request("/later") + client_frame(Opcode::text, "early"));
  CHECK(client.silent());
  server.answer_parked();
  CHECK(status(client.answer(true)) == "101");
  CHECK(client.exactly(7) ==
        "\x81\x05"
        "early");
}

TEST_CASE("websocket: early frames larger than any buffer come whole after the answer") {
  Server server;
  RawClient client(server.address());
  const std::string payload(60'000, 'e');
  client.send(upgrade_request("/later") + client_frame(Opcode::text, payload));
  server.answer_parked();
  CHECK(status(client.answer(true)) == "101");
  CHECK(client.exactly(4 + payload.size()).substr(4) == payload);
}

TEST_CASE("websocket: requests before it on the same connection are answered first") {
  Server server;
  RawClient client(server.address());
  client.send("GET /one HTTP/1.1\r\nHost: h\r\n\r\n" + upgrade_request() + client_frame(Opcode::text, "x"));
  CHECK(body(client.answer()) == "GET /one?\n");
  CHECK(status(client.answer(true)) == "101");
  CHECK(client.exactly(3) == "\x81\x01x");
}
