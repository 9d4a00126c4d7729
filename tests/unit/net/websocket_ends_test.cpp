// How a socket ends: closing handshakes, deadlines, broken rules, servers that stop.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "websocket_fixture.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

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
