// Answers that come later, from other threads, or not at all.
#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "parked.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;

namespace {

std::string get(int number) {
  return "GET /" + std::to_string(number) + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

}  // namespace

TEST_CASE("http: a handler that throws is a 500, whatever it has answered, and the connection goes on") {
  Log log;
  HttpReply kept;
  HttpFixture server([&](HttpRequest request, HttpReply reply) {
    if (request.path == "/keep") kept = std::move(reply);
    if (request.path == "/late") reply(HttpResponse::text(200, "text/plain", "fine"));
    if (request.path != "/") throw std::runtime_error("a bad handler");
    reply(HttpResponse::text(200, "text/plain", "fine"));
  });
  RawClient client = server.client();
  for (const char* path : {"/drop", "/keep", "/late"}) {
    client.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(status(client.answer()) == "500");
  }
  kept(HttpResponse::text(200, "text/plain", "too late"));
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answer = client.answer();
  CHECK(status(answer) == "200");
  CHECK(body(answer) == "fine");
  CHECK(log.has("a handler threw: a bad handler"));
}

TEST_CASE("http: pipelined requests are answered in their order, whatever order the answers come in") {
  Parked parked;
  HttpFixture server(into(parked));
  auto client = server.client();
  client.send(get(0) + get(1) + get(2));
  REQUIRE(parked.wait_for(3));
  parked.answer(2);
  parked.answer(1);
  CHECK(client.silent());
  parked.answer(0);
  for (int i = 0; i < 3; ++i) CHECK(body(client.answer()) == "/" + std::to_string(i));
  CHECK(parked.abandoned == 0);
}

TEST_CASE("http: many threads may answer at once") {
  HttpFixture server(
      [](HttpRequest request, HttpReply reply) {
        std::thread([path = request.path, reply = std::move(reply)]() mutable {
          reply(HttpResponse::text(200, "text/plain", path));
        }).detach();
      },
      {}, {}, 2);
  std::vector<RawClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(server.client());
  for (int round = 0; round < 10; ++round) {
    for (auto& client : clients) client.send(get(round));
    for (auto& client : clients) CHECK(body(client.answer()) == "/" + std::to_string(round));
  }
}

TEST_CASE("http: a reply that is dropped is a 404") {
  HttpFixture server([](HttpRequest, HttpReply) {});
  CHECK(status(server.ask(get(1))) == "404");
}

TEST_CASE("http: a peer that goes away while its request is parked abandons the reply, by FIN and by RST") {
  Parked parked;
  HttpFixture server(into(parked));
  for (const bool fin : {true, false}) {
    auto client = server.client();
    client.send(get(0) + get(1));
    REQUIRE(eventually([&] { return parked.size() % 2 == 0 && parked.size() > (fin ? 0u : 2u); }));
    fin ? client.finish() : client.reset();
    CHECK(eventually([&] { return parked.abandoned == (fin ? 2 : 4); }));
    CHECK_FALSE(parked.wanted(parked.size() - 1));
  }
  parked.answer(0);  // allowed, and does nothing
  parked.drop_all();
  CHECK(eventually([&] { return server.metrics.level("rostrum_connections{door=http}") == 0; }));
}

TEST_CASE("http: a client that ends its side after asking gets the answers that are ready") {
  HttpFixture server([](HttpRequest, HttpReply reply) {
    HttpResponse response = HttpResponse::text(200, "text/plain", "");
    response.body.emplace_back(std::string(3 << 20, 'x'));  // more than one window
    reply(std::move(response));
  });
  auto client = server.client();
  client.send(get(0));
  client.finish();
  CHECK(body(client.rest()).size() == 3 << 20);
}

TEST_CASE("http: an answer that does not come in time is a 504, the reply is abandoned, the connection goes on") {
  Parked parked;
  HttpLimits limits;
  limits.answer = std::chrono::milliseconds(50);
  HttpFixture server(into(parked), limits);
  auto client = server.client();
  client.send(get(0));
  CHECK(status(client.answer()) == "504");
  CHECK(parked.abandoned == 1);
  client.send(get(1));
  REQUIRE(parked.wait_for(2));
  parked.answer(0);  // too late, and must not pass for the second answer
  CHECK(status(client.answer()) == "504");
}

TEST_CASE("http: an answer far beyond the limit of unsent bytes arrives whole") {
  Limits limits;
  limits.unsent_bytes = 64 << 10;
  HttpFixture server(
      [](HttpRequest, HttpReply reply) {
        HttpResponse response = HttpResponse::text(200, "text/plain", "start");
        const Bytes shared(std::string(1'000'000, 'x'));
        for (int i = 0; i < 20; ++i) response.body.push_back(shared);
        for (int i = 0; i < 500; ++i) response.body.push_back(shared.slice(0, 3));
        reply(std::move(response));
      },
      {}, limits);
  auto client = server.client();
  client.send(get(0) + get(1));
  CHECK(body(client.answer()).size() == 20'001'505);
  CHECK(body(client.answer()).size() == 20'001'505);
}

TEST_CASE("http: a pipelined flood is read no further than its bounds") {
  Parked parked;
  HttpLimits limits;
  limits.pipelined = 4;
  limits.head_bytes = 4096;
  HttpFixture server(into(parked), limits);
  auto client = server.client();
  std::string flood;
  for (int i = 0; i < 500; ++i) flood += get(i);
  std::thread sender([&] { client.send(flood); });
  REQUIRE(parked.wait_for(4));
  for (std::size_t i = 0; i < 500; ++i) {
    REQUIRE(parked.wait_for(std::min<std::size_t>(500, 4 + i)));
    parked.answer(i);
    REQUIRE(body(client.answer()) == "/" + std::to_string(i));
  }
  sender.join();
}

TEST_CASE("http: while no answer comes, a flood of requests is not taken in") {
  Parked parked;
  HttpFixture server(into(parked));
  auto client = server.client();
  std::string block;
  while (block.size() < 1 << 20) block += get(1);
  constexpr std::size_t flood = 64 << 20;
  std::size_t sent = 0;
  while (sent < flood) {
    const std::size_t now = client.try_send(block);
    if (now == 0) break;  // the kernel's buffers are full: nobody reads
    sent += now;
  }
  CHECK(sent < flood);
  CHECK(parked.size() == HttpLimits{}.pipelined);
}

TEST_CASE("http: a head, a body and a keep-alive that take too long end the connection") {
  HttpLimits limits;
  limits.head = limits.body = limits.idle = std::chrono::milliseconds(60);
  HttpFixture server(echo, limits);
  SUBCASE("no byte at all: nothing to answer") {
    auto client = server.client();
    CHECK(client.rest().empty());
  }
  SUBCASE("a head that drips is 408, though each byte is in time") {
    auto client = server.client();
    std::atomic<bool> over{false};
    std::thread drip([&] {
      client.send("GET / HTTP/1.1\r\nX: ");
      while (!over) {
        client.send("x");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
    CHECK(status(client.rest()) == "408");
    over = true;
    drip.join();
    CHECK(server.metrics.count("rostrum_connection_errors_total{door=http,code=timeout}") == 1);
  }
  SUBCASE("a body that stops is 408") {
    auto client = server.client();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    CHECK(status(client.rest()) == "408");
  }
  SUBCASE("keep-alive without a further request ends without a word") {
    auto client = server.client();
    client.send(get(1));
    CHECK(status(client.answer()) == "200");
    CHECK(client.rest().empty());
  }
}

TEST_CASE("http: a handler may answer Connection: close") {
  HttpFixture server([](HttpRequest, HttpReply reply) {
    auto response = HttpResponse::text(200, "text/plain", "x");
    response.headers.push_back({"Connection", "close"});
    reply(std::move(response));
  });
  auto client = server.client();
  client.send(get(0));
  CHECK(client.rest().find("\r\nConnection: close\r\n") != std::string::npos);
}

TEST_CASE("http: headers that answers share go out before their own, in every answer") {
  const auto shared = std::make_shared<const HttpFields>(std::vector<Header>{{"ETag", "\"1\""}, {"Date", "never"}});
  HttpFixture server([&](HttpRequest, HttpReply reply) {
    reply({200, {{"Vary", "Origin"}}, {Bytes(std::string("fine"))}, nullptr, shared});
  });
  auto client = server.client();
  for (int i = 0; i < 2; ++i) {
    client.send(get(i));
    const std::string answer = client.answer();
    CHECK(answer.find("\r\nETag: \"1\"\r\nVary: Origin\r\nContent-Length: 4\r\n\r\n") != std::string::npos);
    CHECK(answer.find("never") == std::string::npos);
  }
}

TEST_CASE("http: draining answers what is parked, says close, and ends idle connections at once") {
  Parked parked;
  HttpFixture server(into(parked));
  auto idle = server.client();
  auto busy = server.client();
  auto stuck = server.client();
  busy.send(get(0));
  REQUIRE(parked.wait_for(1));
  stuck.send(get(1));
  REQUIRE(parked.wait_for(2));
  REQUIRE(eventually([&] { return server.metrics.level("rostrum_connections{door=http}") == 3; }));
  std::thread drain([&] { server.listener->drain(std::chrono::milliseconds(200)); });
  CHECK(idle.rest().empty());
  parked.answer(0);
  const std::string answer = busy.rest();
  CHECK(status(answer) == "200");
  CHECK(answer.find("\r\nConnection: close\r\n") != answer.npos);
  CHECK(stuck.rest().empty());  // at the limit
  drain.join();
  CHECK(eventually([&] { return parked.abandoned == 1; }));
  CHECK_FALSE(RawClient(server.address()).connected());
}
