// One message to many sockets, from any thread.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "net/websocket_group.hpp"
#include "websocket_client.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;

namespace {

class Member final : public WebSocketHandler {
 public:
  Member(WebSocket& socket, WebSocketGroup& group) : socket_(socket), group_(group), membership_(group.join(socket)) {}
  void message(Opcode, Bytes payload) override {
    if (payload.text() == "leave") membership_.reset();
    if (payload.text() == "all") group_.broadcast(WebSocketMessage::text("from one"));
    socket_.send(WebSocketMessage::text("done"));
  }

 private:
  WebSocket& socket_;
  WebSocketGroup& group_;
  std::unique_ptr<WebSocketGroup::Membership> membership_;
};

struct Room {
  explicit Room(int threads = 2, WebSocketOptions options = {})
      : endpoint("room", std::move(options), metrics),
        http(
            [this](HttpRequest request, HttpReply reply) {
              reply(endpoint.accept(request, [this](WebSocket& socket) { return std::make_unique<Member>(socket, group); }));
            },
            {}, {}, threads) {}

  std::vector<std::unique_ptr<WebSocketClient>> clients(std::size_t count) {
    std::vector<std::unique_ptr<WebSocketClient>> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(std::make_unique<WebSocketClient>(http.address()));
    return all;
  }

  TestMetrics metrics;
  WebSocketEndpoint endpoint;
  WebSocketGroup group;
  HttpFixture http;
};

}  // namespace

TEST_CASE("websocket group: every member on every loop gets every message, once and in order") {
  Room room;
  const auto clients = room.clients(300);
  REQUIRE(eventually([&] { return room.group.size() == 300; }));
  for (int i = 0; i < 20; ++i) room.group.broadcast(WebSocketMessage::text(std::to_string(i)));
  for (const auto& client : clients) {
    for (int i = 0; i < 20; ++i) REQUIRE(client->says() == "text " + std::to_string(i));
    REQUIRE(client->silent());
  }
}

TEST_CASE("websocket group: messages of several threads come to all in one order") {
  Room room;
  const auto clients = room.clients(8);
  REQUIRE(eventually([&] { return room.group.size() == 8; }));
  std::vector<std::thread> senders;
  for (int s = 0; s < 4; ++s)
    senders.emplace_back([&room, s] {
      for (int i = 0; i < 100; ++i) room.group.broadcast(WebSocketMessage::text(std::to_string(s) + ":" + std::to_string(i)));
    });
  for (auto& sender : senders) sender.join();
  std::vector<std::string> seen;
  for (int i = 0; i < 400; ++i) seen.push_back(clients.front()->says());
  for (const auto& client : clients) {
    if (client == clients.front()) continue;
    for (int i = 0; i < 400; ++i) REQUIRE(client->says() == seen[static_cast<std::size_t>(i)]);
  }
}

TEST_CASE("websocket group: who has left gets nothing more, who closes is out, and the rest do not notice") {
  Room room;
  auto clients = room.clients(6);
  clients[1]->send(client_frame(Opcode::text, "leave"));
  CHECK(clients[1]->says() == "text done");
  clients[3].reset();
  clients[4]->send(client_close(1000));
  CHECK(clients[4]->says() == "close 1000");
  REQUIRE(eventually([&] { return room.group.size() == 3; }));
  room.group.broadcast(WebSocketMessage::text("x"));
  for (const std::size_t i : {0u, 2u, 5u}) CHECK(clients[i]->says() == "text x");
  CHECK(clients[1]->silent());
}

TEST_CASE("websocket group: members come and go while messages go out, and each who stays gets all") {
  WebSocketOptions options;
  options.limits.ping_after = std::chrono::hours(1);  // who stays reads at the end only, and so answers no ping
  Room room(2, options);
  const auto stayers = room.clients(4);
  REQUIRE(eventually([&] { return room.group.size() == 4; }));
  std::atomic<bool> enough = false;
  int said = 0;
  std::thread talking([&] {
    for (; said < 20'000 && !enough; ++said) room.group.broadcast(WebSocketMessage::text(std::to_string(said)));
  });
  for (int i = 0; i < 50; ++i) {
    WebSocketClient passer_by(room.http.address());
    passer_by.send(client_frame(Opcode::text, i % 3 == 0 ? "leave" : "hello"));
    if (i % 2 == 0) {
      while (passer_by.says() != "text done") {
      }
    }
  }
  enough = true;
  talking.join();
  CHECK(said > 0);
  for (const auto& client : stayers) {
    for (int i = 0; i < said; ++i) REQUIRE(client->says() == "text " + std::to_string(i));
  }
  CHECK(eventually([&] { return room.group.size() == 4; }));
}

TEST_CASE("websocket group: a member may speak to all from its own callback, itself too") {
  Room room(1);
  const auto clients = room.clients(2);
  REQUIRE(eventually([&] { return room.group.size() == 2; }));
  clients[0]->send(client_frame(Opcode::text, "all"));
  CHECK(clients[1]->says() == "text from one");
  CHECK(clients[0]->says() == "text done");
  CHECK(clients[0]->says() == "text from one");
}

TEST_CASE("websocket group: a slow member is dropped, and holds up nobody") {
  WebSocketOptions options;
  options.limits.unsent_bytes = 256 << 10;
  Room room(1, options);
  WebSocketClient slow(room.http.address(), "/", 4096);
  WebSocketClient quick(room.http.address());
  REQUIRE(eventually([&] { return room.group.size() == 2; }));
  const std::string block(32 << 10, 'x');
  const auto message = WebSocketMessage::text(block);
  for (int i = 0; i < 1000; ++i) {
    room.group.broadcast(message);
    REQUIRE(quick.says() == "text " + block);
  }
  CHECK(eventually([&] { return room.group.size() == 1; }));
  CHECK(room.metrics.count("rostrum_websocket_closed_total{endpoint=room,how=slow_reader}") == 1);
}

TEST_CASE("websocket group: what was broadcast before the group ended still arrives") {
  Room room;
  auto group = std::make_unique<WebSocketGroup>();
  WebSocketEndpoint endpoint("brief", {}, room.metrics);
  HttpFixture http([&](HttpRequest request, HttpReply reply) {
    reply(endpoint.accept(request, [&](WebSocket& socket) { return std::make_unique<Member>(socket, *group); }));
  });
  WebSocketClient client(http.address());
  REQUIRE(eventually([&] { return group->size() == 1; }));
  group->broadcast(WebSocketMessage::text("last words"));
  group.reset();
  CHECK(client.says() == "text last words");
}
