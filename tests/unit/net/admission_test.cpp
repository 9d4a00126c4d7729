// Who is let in: addresses and ports, full houses, caps for each address.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "byte_server.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;

TEST_CASE("listener: a port in use is found, and said with the remedy") {
  ByteServer server(echo_bytes);
  const std::string address = server.listener->address();
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  for (const char* where : {"127.0.0.1", "0.0.0.0"}) {
    auto second = listen(server.reactor, server.admission, "test", where, port, {});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::busy);
    CHECK(second.error().message().find("port " + std::to_string(port) + " is in use; stop the program") != std::string::npos);
  }
  server.listener.reset();
  CHECK(listen(server.reactor, server.admission, "test", "127.0.0.1", port, {}));
}

TEST_CASE("listener: an address that cannot be bound says why") {
  ByteServer server(echo_bytes);
  auto name = listen(server.reactor, server.admission, "test", "example", 0, {});
  REQUIRE_FALSE(name);
  CHECK(name.error().code == Errc::bad_param);
  CHECK(name.error().what == "\"example\" is no IP address; write 127.0.0.1, 0.0.0.0, [::1] or [::]");
  auto foreign = listen(server.reactor, server.admission, "test", "192.0.2.1", 0, {});
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().what == "no interface of this machine has that address; bind 0.0.0.0 or [::] for all");
}

TEST_CASE("listener: IPv6, and IPv4 through [::] by its own name") {
  const int probe = ::socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 loopback{};
  loopback.sin6_family = AF_INET6;
  loopback.sin6_addr = in6addr_loopback;
  const bool available = probe >= 0 && ::bind(probe, reinterpret_cast<sockaddr*>(&loopback), sizeof loopback) == 0;
  if (probe >= 0) ::close(probe);
  if (!available) {
    MESSAGE("SKIPPED: this machine has no IPv6 loopback");
    return;
  }
  Seen seen;  // outlives the connections, which end with the reactor
  TestMetrics metrics;
  Reactor reactor(2);
  auto admission = make_admission({}, metrics);
  const auto accept = [&](Connection& connection) {
    return std::make_unique<Scripted>(connection, seen, [](Connection& c, std::string_view) -> Result<void> {
      c.write(Bytes(c.client().address + (c.client().loopback ? " loopback" : "")));
      return {};
    });
  };
  auto v6 = listen(reactor, admission, "test", "::1", 0, accept);
  REQUIRE(v6);
  CHECK((*v6)->address().starts_with("[::1]:"));
  RawClient six((*v6)->address());
  six.send("x");
  CHECK(six.exactly(12) == "::1 loopback");
  auto both = listen(reactor, admission, "test", "[::]", 0, accept);
  REQUIRE(both);
  RawClient four("127.0.0.1" + (*both)->address().substr((*both)->address().rfind(':')));
  REQUIRE(four.connected());
  four.send("x");
  CHECK(four.exactly(18) == "127.0.0.1 loopback");
}

TEST_CASE("listener: two thousand idle connections leave a working one at full speed") {
  HttpFixture server(echo, {}, {}, 2);
  std::vector<RawClient> idle;
  idle.reserve(2000);
  for (int i = 0; i < 2000; ++i) {
    idle.push_back(server.client());
    REQUIRE(idle.back().connected());
  }
  REQUIRE(eventually([&] { return server.admission->connections() == 2000; }));
  auto working = server.client();
  for (int i = 0; i < 1000; ++i) {
    working.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    REQUIRE(status(working.answer()) == "200");
  }
  idle.clear();
  CHECK(eventually([&] { return server.admission->connections() == 1; }));
}

TEST_CASE("listener: when the house is full, the oldest that has asked for nothing goes") {
  Log log;
  Limits limits;
  limits.connections = 3;
  HttpFixture server(echo, {}, limits);
  const auto count = [&](std::size_t n) { return eventually([&] { return server.admission->connections() == n; }); };
  auto asking = server.client();
  asking.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(status(asking.answer()) == "200");
  auto oldest = server.client();
  REQUIRE(count(2));
  auto younger = server.client();
  REQUIRE(count(3));
  auto next = server.client();
  CHECK(oldest.ended());
  next.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status(next.answer()) == "200");
  younger.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status(younger.answer()) == "200");
  // Everybody has asked now: the one too many is turned away.
  CHECK(server.client().ended());
  CHECK(server.metrics.count("rostrum_connections_refused_total{door=http,reason=full}") == 1);
  CHECK(log.has("had sent no request when the server was full"));
  CHECK(log.has("all 3 connections are in use"));
  asking.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(status(asking.answer()) == "200");
}

TEST_CASE("listener: without file descriptors it waits, says so, and takes the connection when there are some again") {
  Log log;
  ByteServer server(echo_bytes);
  auto warm = server.client();
  warm.send("x");
  REQUIRE(warm.exactly(1) == "x");
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const int next_free = ::dup(0);
  REQUIRE(next_free >= 0);
  ::close(next_free);
  rlimit tight = limit;
  tight.rlim_cur = static_cast<rlim_t>(next_free) + 1;  // the client's own socket still fits
  REQUIRE(setrlimit(RLIMIT_NOFILE, &tight) == 0);
  auto client = server.client();
  client.send("y");
  const bool said = log.has("cannot accept: Too many open files; raise the file limit");
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(said);
  CHECK(client.exactly(1) == "y");
  CHECK(log.text().find("cannot accept") == log.text().rfind("cannot accept"));  // it does not spin
}

TEST_CASE("admission: one address has its cap; loopback and trusted proxies have none; an IPv6 /64 is one address") {
  TestMetrics metrics;
  Limits limits;
  limits.connections = 100;
  limits.per_address = 2;
  limits.trusted_proxies = {"10.0.0.0/8", "nonsense"};
  Log log;
  auto admission = make_admission(limits, metrics);
  CHECK(log.has("\"nonsense\" is no network"));
  std::vector<std::unique_ptr<Admission::Ticket>> tickets;
  const auto enter = [&](const char* address) {
    auto ticket = admission->admit(*parse_address(address), [] {});
    if (ticket) tickets.push_back(*std::move(ticket));
    return static_cast<bool>(ticket);
  };
  for (int i = 0; i < 5; ++i) {
    CHECK(enter("127.0.0.1"));
    CHECK(enter("10.1.1.1"));
    CHECK(enter("203.0.113.5") == (i < 2));
    CHECK(enter(("2001:db8:1:2::" + std::to_string(i)).c_str()) == (i < 2));
  }
  CHECK(enter("2001:db8:1:3::1"));
  CHECK(admission->connections() == 15);
  tickets.clear();
  CHECK(admission->connections() == 0);
  CHECK(enter("203.0.113.5"));
}

TEST_CASE("admission: a place that was taken away is free at once, and each is taken away once") {
  TestMetrics metrics;
  Limits limits;
  limits.connections = 2;
  auto admission = make_admission(limits, metrics);
  std::string evicted;
  const auto enter = [&](char name) {
    return admission->admit(*parse_address("127.0.0.1"), [&evicted, name] { evicted += name; });
  };
  const auto a = enter('a');
  const auto b = enter('b');
  const auto c = enter('c');
  CHECK(evicted == "a");
  CHECK(admission->connections() == 2);
  (*b)->sent_request();
  const auto d = enter('d');
  CHECK(evicted == "ac");
  (*d)->sent_request();
  const auto e = enter('e');
  REQUIRE_FALSE(e);
  CHECK(e.error() == Admission::Refusal::full);
  CHECK(admission->connections() == 2);
}
