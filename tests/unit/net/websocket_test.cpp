// The handshake, and an open socket over a real connection: frames, closing, deadlines, slow readers.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "net/websocket.hpp"
#include "net/websocket_handshake.hpp"
#include "parked.hpp"
#include "tls_fixture.hpp"
#include "websocket_client.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

namespace {

// What happened to a socket, as lines.
class Journal {
 public:
  void add(const std::string& line) {
    std::lock_guard lock(mutex_);
    text_ += line + '\n';
  }
  bool has(const std::string& line) {
    return eventually([&] { return text().find(line + '\n') != std::string::npos; });
  }
  std::string text() {
    std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

std::string told(const WebSocketEnd& end) {
  return "closed " + std::to_string(static_cast<int>(end.code)) + (end.clean ? " clean" : " unclean") +
         (end.reason.empty() ? "" : " ") + end.reason;
}

// Echoes; some words have a meaning.
class Echo final : public WebSocketHandler {
 public:
  Echo(WebSocket& socket, Journal& journal) : socket_(socket), journal_(journal) { journal_.add("open " + socket.subprotocol()); }
  void message(Opcode kind, Bytes payload) override {
    const std::string_view word = payload.text();
    if (word == "close") return socket_.close(CloseCode::normal, "as you wish");
    if (word == "throw") throw std::runtime_error("thrown by a handler");
    if (word == "pause") return socket_.pause_reading(true);
    if (word.starts_with("flood ")) {
      const auto message = WebSocketMessage::binary(as_view(std::string(64 << 10, 'x')));
      for (int left = std::stoi(std::string(word.substr(6))); left > 0; --left) socket_.send(message);
      return socket_.send(WebSocketMessage::text("flooded"));
    }
    socket_.send(kind == Opcode::text ? WebSocketMessage::text(word) : WebSocketMessage::binary(payload));
  }
  void caught_up(std::size_t missed) override { socket_.send(WebSocketMessage::text("missed " + std::to_string(missed))); }
  void closed(const WebSocketEnd& end) override { journal_.add(told(end)); }

 private:
  WebSocket& socket_;
  Journal& journal_;
};

// /ws echoes; /later answers from another thread; anything else is ordinary HTTP.
struct Server {
  explicit Server(WebSocketOptions options = {}, Limits limits = {})
      : endpoint("test", std::move(options), metrics),
        http(
            [this](HttpRequest request, HttpReply reply) {
              if (request.path == "/none") return reply(endpoint.accept(request, [](WebSocket&) { return nullptr; }));
              if (request.path != "/ws" && request.path != "/later") return echo(std::move(request), std::move(reply));
              auto answer =
                  endpoint.accept(request, [this](WebSocket& socket) { return std::make_unique<Echo>(socket, journal); });
              if (request.path == "/ws") return reply(std::move(answer));
              std::lock_guard lock(mutex);
              parked.emplace_back(std::move(reply), std::move(answer));
            },
            {}, std::move(limits)) {}

  void answer_parked() {
    REQUIRE(eventually([this] {
      std::lock_guard lock(mutex);
      return !parked.empty();
    }));
    std::lock_guard lock(mutex);
    for (auto& [reply, answer] : parked) reply(std::move(answer));
    parked.clear();
  }
  std::string address() { return http.address(); }
  std::uint64_t ended(const std::string& how) {
    return metrics.count("rostrum_websocket_closed_total{endpoint=test,how=" + how + "}");
  }
  /// The answer to a handshake with that header replaced, or left out where `to` is empty.
  std::string refused(const std::string& from, const std::string& to) {
    std::string request = upgrade_request();
    const auto at = request.find(from);
    REQUIRE(at != request.npos);
    request.replace(at, request.find("\r\n", at) + 2 - at, to);
    return http.ask(request);
  }

  TestMetrics metrics;
  Journal journal;
  WebSocketEndpoint endpoint;
  std::mutex mutex;  // guards parked
  std::vector<std::pair<HttpReply, HttpResponse>> parked;
  HttpFixture http;
};

WebSocketOptions within(WebSocketLimits limits) {
  WebSocketOptions options;
  options.limits = limits;
  return options;
}

}  // namespace

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

TEST_CASE("websocket: a close frame comes back with its code, and the server ends the connection") {
  Server server;
  for (const auto& [sent, seen, how] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {client_close(1000, "bye"), "close 1000", "closed 1000 clean bye"},
           {client_close(1001), "close 1001", "closed 1001 clean"},
           {client_close(3000), "close 3000", "closed 3000 clean"},
           {client_close(4999), "close 4999", "closed 4999 clean"},
           {client_frame(Opcode::close), "close", "closed 1005 clean"}}) {
    WebSocketClient client(server.address());
    client.send(sent + client_frame(Opcode::text, "too late"));
    CHECK(client.says() == seen);
    CHECK(client.says() == "end");
    CHECK(server.journal.has(how));
  }
  CHECK(server.ended("normal") == 2);
  CHECK(server.ended("going_away") == 1);
  CHECK(server.ended("other") == 2);
}

TEST_CASE("websocket: a close frame that says nothing proper is a protocol error") {
  Server server;
  const auto answer = [&](const std::string& sent) {
    WebSocketClient client(server.address());
    client.send(sent);
    return client.says();
  };
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
    CHECK(answer(client_close(static_cast<std::uint16_t>(code))) == "close 1002");
  CHECK(answer(client_frame(Opcode::close, "x")) == "close 1002");
  CHECK(answer(client_close(1000, "\xff")) == "close 1007");
  CHECK(eventually([&] { return server.ended("protocol_error") == 13 && server.ended("bad_payload") == 1; }));
}

TEST_CASE("websocket: what breaks the rules is closed with the code for it, and the handler is told") {
  Server server;
  const auto answer = [&](const std::string& sent) {
    WebSocketClient client(server.address());
    client.send(sent);
    std::string all = client.says();
    while (client.says() != "end") all += "|";
    return all;
  };
  CHECK(answer(client_frame(Opcode::text, "x", {.masked = false})) == "close 1002");
  CHECK(answer(client_frame(Opcode::text, "\xff")) == "close 1007");
  CHECK(answer(client_frame(Opcode::text, "", {.claimed = 65537})) == "close 1009");
  CHECK(answer("GET / HTTP/1.1\r\n\r\n") == "close 1002");
  CHECK(server.journal.has("closed 1002 unclean a client's frame must be masked"));
  CHECK(server.journal.has("closed 1007 unclean a text message is no UTF-8"));
  CHECK(eventually([&] { return server.ended("too_big") == 1; }));
}

TEST_CASE("websocket: the server's close waits for the peer's, and takes no more messages") {
  Server server;
  WebSocketClient client(server.address());
  client.send(client_frame(Opcode::text, "close") + client_frame(Opcode::text, "ignored"));
  CHECK(client.says() == "close 1000");
  CHECK(client.silent());
  client.send(client_close(1000));
  CHECK(client.says() == "end");
  CHECK(server.journal.has("closed 1000 clean as you wish"));
}

TEST_CASE("websocket: a peer that does not answer the close frame is not waited for") {
  Server server(within({.closing_within = 50ms}));
  WebSocketClient client(server.address());
  client.send(client_frame(Opcode::text, "close"));
  CHECK(client.says() == "close 1000");
  CHECK(client.says() == "end");
  CHECK(server.journal.has("closed 1000 unclean as you wish"));
}

TEST_CASE("websocket: an end without a close frame is told as 1006") {
  Server server;
  WebSocketClient(server.address()).finish();
  CHECK(server.journal.has("closed 1006 unclean"));
  CHECK(server.ended("abnormal") == 1);
  WebSocketClient(server.address()).reset();
  CHECK(eventually([&] { return server.ended("abnormal") == 2; }));
  CHECK(eventually([&] { return server.metrics.level("rostrum_websockets{endpoint=test}") == 0; }));
}

TEST_CASE("websocket: a silent peer is pinged, and kept while it answers") {
  Server server(within({.ping_after = 40ms, .pong_within = 10s}));
  WebSocketClient client(server.address());
  for (int i = 0; i < 3; ++i) {
    CHECK(client.says() == "ping ");
    client.send(client_frame(Opcode::pong));
  }
  client.send(client_frame(Opcode::text, "here"));
  std::string said = client.says();
  if (said == "ping ") said = client.says();
  CHECK(said == "text here");
}

TEST_CASE("websocket: a peer that does not answer a ping is gone") {
  Server server(within({.ping_after = 20ms, .pong_within = 40ms}));
  WebSocketClient client(server.address());
  CHECK(client.says() == "ping ");
  CHECK(client.says() == "close 1008");
  CHECK(client.says() == "end");
  CHECK(server.journal.has("closed 1008 unclean a ping was not answered in time"));
  CHECK(server.ended("timeout") == 1);
}

TEST_CASE("websocket: a message that does not come to its end is not waited for, whatever comes meanwhile") {
  Server server(within({.message_within = 60ms}));
  WebSocketClient client(server.address());
  client.send(client_frame(Opcode::text, "begun", {.final = false}) + client_frame(Opcode::ping, "alive"));
  CHECK(client.says() == "pong alive");
  CHECK(client.says() == "close 1008");
  WebSocketClient dripping(server.address());
  dripping.send(client_frame(Opcode::text, "x", {.claimed = 1000}));
  CHECK(dripping.says() == "close 1008");
}

TEST_CASE("websocket: without messages for the idle limit it is closed, pongs or not") {
  Server server(within({.ping_after = 20ms, .idle = 120ms}));
  WebSocketClient client(server.address());
  std::string said;
  while ((said = client.says()) == "ping ") client.send(client_frame(Opcode::pong));
  CHECK(said == "close 1001");
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

TEST_CASE("websocket: a handler that throws ends its own socket, and is told of the end") {
  Server server;
  Log log;
  WebSocketClient healthy(server.address());
  WebSocketClient client(server.address());
  client.send(client_frame(Opcode::text, "throw"));
  CHECK(client.says() == "end");
  CHECK(server.journal.has("closed 1006 unclean"));
  CHECK(log.has("thrown by a handler"));
  healthy.send(client_frame(Opcode::text, "still here"));
  CHECK(healthy.says() == "text still here");
}

TEST_CASE("websocket: a handler that cannot be made ends the connection, whoever answers and when") {
  TestMetrics metrics;
  WebSocketEndpoint endpoint("test", {}, metrics);
  Parked parked;
  HttpLimits limits;
  limits.answer = 300ms;
  HttpFixture server(
      [&](HttpRequest request, HttpReply reply) {
        if (request.path == "/stuck") return parked(std::move(request), std::move(reply));
        auto answer = endpoint.accept(
            request, [](WebSocket&) -> std::unique_ptr<WebSocketHandler> { throw std::runtime_error("no room for a handler"); });
        if (request.path == "/ws") return reply(std::move(answer));
        std::thread([reply = std::move(reply), answer = std::move(answer)]() mutable { reply(std::move(answer)); }).detach();
      },
      limits);
  const std::string stuck = "GET /stuck HTTP/1.1\r\nHost: h\r\n\r\n";
  // The last is opened when the one before it is found to be late.
  for (const std::string& asked : {upgrade_request("/ws"), upgrade_request("/later"), stuck + upgrade_request("/ws")}) {
    Log log;
    RawClient client = server.client();
    client.send(asked);
    CHECK(client.ended());
    CHECK(log.has("it threw no room for a handler"));
  }
  CHECK(status(server.ask("GET /stuck HTTP/1.1\r\nHost: h\r\n\r\n")) == "504");
}

TEST_CASE("websocket: an endpoint that has no handler for a socket closes it") {
  Server server;
  WebSocketClient client(server.address(), "/none");
  CHECK(client.says() == "close 1011");
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

TEST_CASE("websocket: a server that stops says 1001 to all, and waits for their goodbyes") {
  Server server;
  WebSocketClient client(server.address());
  std::thread stopping([&] { server.http.listener->drain(patience); });
  CHECK(client.says() == "close 1001");
  client.send(client_close(1001));
  CHECK(client.says() == "end");
  stopping.join();
  CHECK(server.journal.has("closed 1001 clean the server stops"));
}

TEST_CASE("websocket: no socket is opened by a server that stops") {
  Server server;
  RawClient client(server.address());
  client.send(upgrade_request("/later"));
  REQUIRE(eventually([&] {
    std::lock_guard lock(server.mutex);
    return !server.parked.empty();
  }));
  RawClient idle(server.address());
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.answer();
  std::thread stopping([&] { server.http.listener->drain(patience); });
  CHECK(idle.ended());  // so the server has begun to stop
  server.answer_parked();
  CHECK(status(client.answer(true)) == "503");
  CHECK(client.ended());
  stopping.join();
}

TEST_CASE("websocket: what is posted to a closed socket does not run") {
  Server server;
  std::weak_ptr<Connection> weak;
  std::mutex mutex;
  WebSocketEndpoint endpoint("other", {}, server.metrics);
  HttpFixture http([&](HttpRequest request, HttpReply reply) {
    reply(endpoint.accept(request, [&](WebSocket& socket) {
      std::lock_guard lock(mutex);
      weak = socket.weak();
      return std::make_unique<Echo>(socket, server.journal);
    }));
  });
  auto client = std::make_unique<WebSocketClient>(http.address());
  std::shared_ptr<Connection> connection;
  {
    std::lock_guard lock(mutex);
    connection = weak.lock();
  }
  REQUIRE(connection);
  client.reset();
  REQUIRE(server.journal.has("closed 1006 unclean"));
  std::atomic<bool> ran = false;
  connection->post([&] { ran = true; });
  WebSocketClient another(http.address());
  another.send(client_frame(Opcode::text, "x"));
  CHECK(another.says() == "text x");
  CHECK_FALSE(ran);
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
