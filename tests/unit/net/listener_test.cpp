// Connections as bytes: doors, limits, ends.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "fixture.hpp"
#include "net/admission.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;

namespace {

struct Seen {
  std::atomic<int> drained{0};
  std::atomic<int> closed{0};
  std::atomic<int> destroyed{0};
  std::mutex mutex;
  std::vector<Error> ends;
  std::string text;
};

// Does what a test says with each piece, and tells what it saw.
class Scripted final : public Protocol {
 public:
  using Received = std::function<Result<void>(Connection&, std::string_view)>;
  Scripted(Connection& connection, Seen& seen, Received received)
      : connection_(connection), seen_(seen), received_(std::move(received)) {}
  ~Scripted() override { ++seen_.destroyed; }
  Result<void> received(ByteView bytes) override {
    {
      std::lock_guard lock(seen_.mutex);
      seen_.text += as_text(bytes);
    }
    return received_(connection_, as_text(bytes));
  }
  void drained() override { ++seen_.drained; }
  void closed(const Error& why) override {
    std::lock_guard lock(seen_.mutex);
    seen_.ends.push_back(why);
    ++seen_.closed;
  }

 private:
  Connection& connection_;
  Seen& seen_;
  Received received_;
};

struct ByteServer {
  explicit ByteServer(Scripted::Received received, Limits limits = {}, std::function<void(Connection&)> opened = {})
      : admission(make_admission(std::move(limits), metrics)) {
    auto made = listen(reactor, admission, "test", "127.0.0.1", 0, [this, received, opened](Connection& connection) {
      if (opened) opened(connection);
      return std::make_unique<Scripted>(connection, seen, received);
    });
    REQUIRE(made);
    listener = *std::move(made);
  }
  Error end() {
    REQUIRE(eventually([this] { return seen.destroyed > 0; }));
    std::lock_guard lock(seen.mutex);
    return seen.ends.at(0);
  }
  RawClient client() const { return RawClient(listener->address()); }

  Seen seen;
  TestMetrics metrics;
  Reactor reactor{1};
  std::shared_ptr<Admission> admission;
  std::unique_ptr<Listener> listener;
};

Result<void> echo_bytes(Connection& connection, std::string_view text) {
  connection.write(Bytes(std::string(text)));
  return {};
}

}  // namespace

TEST_CASE("net: what a protocol or a task throws ends its connection, and the loop goes on") {
  Log log;
  ByteServer server([](Connection& connection, std::string_view bytes) -> Result<void> {
    if (bytes == "throw") throw std::runtime_error("a bad day");
    if (bytes == "post") connection.post([] { throw 7; });
    if (bytes == "echo") connection.write(Bytes(std::string("here")));
    return {};
  });
  RawClient first = server.client(), second = server.client(), third = server.client();
  first.send("throw");
  CHECK(first.ended());
  second.send("post");
  CHECK(second.ended());
  server.reactor.pick().post([] { throw std::runtime_error("a bad task"); });
  const auto timer = server.reactor.pick().after(Duration(1), [] { throw std::runtime_error("a bad timer"); });
  CHECK(log.has("a bad timer"));
  third.send("echo");
  CHECK(third.exactly(4) == "here");
  CHECK(eventually([&] { return server.metrics.count("rostrum_connection_errors_total{door=test,code=internal}") == 2; }));
  CHECK(log.has("it threw a bad day"));
  CHECK(log.has("a bad task"));
}

TEST_CASE("net: a connection whose protocol cannot be made is closed and told") {
  Log log;
  ByteServer server([](Connection&, std::string_view) -> Result<void> { return {}; }, {},
                    [](Connection&) { throw std::runtime_error("no memory"); });
  CHECK(server.client().ended());
  CHECK(log.has("no memory"));
}

TEST_CASE("listener: bytes go in and out, in order and whole") {
  ByteServer server(echo_bytes);
  auto client = server.client();
  std::string text(300'000, ' ');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
  client.send(text);
  CHECK(client.exactly(text.size()) == text);
  CHECK(server.metrics.level("rostrum_connections{door=test}") == 1);
  client.finish();
  CHECK(client.rest().empty());
  CHECK(server.end().code == Errc::closed);
  CHECK(server.seen.drained > 0);
  CHECK(eventually([&] { return server.metrics.level("rostrum_connections{door=test}") == 0; }));
}

TEST_CASE("listener: an error of the protocol closes after what it queued, with a log line and a metric") {
  Log log;
  ByteServer server([](Connection& connection, std::string_view) -> Result<void> {
    connection.write(Bytes(std::string("bye")));
    return fail(Errc::bad_syntax, "", "this is no message");
  });
  auto client = server.client();
  client.send("x");
  CHECK(client.rest() == "bye");
  CHECK(server.end().code == Errc::bad_syntax);
  CHECK(server.metrics.count("rostrum_connection_errors_total{door=test,code=bad_syntax}") == 1);
  CHECK(log.has("test: 127.0.0.1:"));
  CHECK(log.has("closed: this is no message"));
}

TEST_CASE("listener: our own close sends what is queued and waits for nobody long") {
  ByteServer server([](Connection& connection, std::string_view) -> Result<void> {
    connection.write(Bytes(std::string(1'000'000, 'x')));
    connection.close("kicked");
    connection.write(Bytes(std::string("never")));
    return {};
  });
  auto client = server.client();
  client.send("x");
  CHECK(client.rest() == std::string(1'000'000, 'x'));
  CHECK(server.end().what == "kicked");
}

TEST_CASE("listener: a reader that does not read is closed at the limit of unsent bytes") {
  Log log;
  Limits limits;
  limits.unsent_bytes = 100'000;
  ByteServer server(
      [](Connection& connection, std::string_view) -> Result<void> {
        const Bytes block(std::string(50'000, 'x'));
        for (int i = 0; i < 1000; ++i) connection.write(block);
        return {};
      },
      limits);
  RawClient client(server.listener->address(), 4096);
  client.send("x");
  CHECK(server.end().code == Errc::limit);
  CHECK(log.has("slow reader"));
  CHECK(server.metrics.count("rostrum_connection_errors_total{door=test,code=limit}") == 1);
}

TEST_CASE("listener: what a reader does not take is not the kernel's to keep") {
  std::atomic<std::size_t> taken{0};
  Limits limits;
  limits.unsent_bytes = 64 << 20;
  ByteServer server(
      [&taken](Connection& connection, std::string_view) -> Result<void> {
        const Bytes block(std::string(64 << 10, 'x'));
        for (int i = 0; i < 256; ++i) connection.write(block);
        connection.post([&] { taken = (16u << 20) - connection.unsent(); });  // when this turn's bytes have been offered
        return {};
      },
      limits);
  RawClient client(server.listener->address(), 4096);
  client.send("x");
  CHECK(eventually([&] { return taken > 0; }));
  CHECK(taken < 1 << 20);
}

TEST_CASE("listener: a connection that says nothing, or stops, ends at its limit") {
  SUBCASE("not a byte") {
    Limits limits;
    limits.first_byte = std::chrono::milliseconds(50);
    ByteServer server(echo_bytes, limits);
    auto client = server.client();
    CHECK(client.ended());
    CHECK(server.end().code == Errc::timeout);
  }
  SUBCASE("nothing more") {
    Log log;
    ByteServer server([](Connection& connection, std::string_view) -> Result<void> {
      connection.expect_within(std::chrono::milliseconds(50), "handshake");
      return {};
    });
    auto client = server.client();
    client.send("x");
    CHECK(client.ended());
    CHECK(server.end().what == "nothing received for 0.05 s (handshake)");
    CHECK(server.metrics.count("rostrum_connection_errors_total{door=test,code=timeout}") == 1);
  }
}

TEST_CASE("listener: paused reading delivers nothing, and everything once it goes on") {
  std::weak_ptr<Connection> connection;
  ByteServer server(
      [](Connection& c, std::string_view text) -> Result<void> {
        if (text == "a") c.pause_reading(true);
        c.write(Bytes(std::string(text)));
        return {};
      },
      {}, [&](Connection& c) { connection = c.weak(); });
  auto client = server.client();
  client.send("a");
  CHECK(client.exactly(1) == "a");
  client.send(std::string(50'000, 'b'));
  // Whatever the loop would have delivered by now: a post is behind what the socket had.
  for (int i = 0; i < 20; ++i) {
    std::promise<void> passed;
    connection.lock()->post([&] { passed.set_value(); });
    REQUIRE(passed.get_future().wait_for(patience) == std::future_status::ready);
  }
  CHECK(client.silent());
  connection.lock()->post([&] { connection.lock()->pause_reading(false); });
  CHECK(client.exactly(50'000) == std::string(50'000, 'b'));
}

TEST_CASE("listener: a peer that goes while reading is paused is seen to go, by FIN and by RST") {
  for (const bool fin : {true, false}) {
    ByteServer server([](Connection& c, std::string_view) -> Result<void> {
      c.pause_reading(true);
      c.write(Bytes(std::string("paused")));
      return {};
    });
    auto client = server.client();
    client.send("x");
    CHECK(client.exactly(6) == "paused");
    fin ? client.finish() : client.reset();
    CHECK(server.end().code == (fin ? Errc::closed : Errc::io));
  }
}

TEST_CASE("listener: a post after the end does not run") {
  std::weak_ptr<Connection> weak;
  ByteServer server(echo_bytes, {}, [&](Connection& c) { weak = c.weak(); });
  auto client = server.client();
  client.send("x");
  CHECK(client.exactly(1) == "x");
  const auto kept = weak.lock();
  client.reset();
  server.end();
  bool ran = false;
  kept->post([&] { ran = true; });
  server.reactor.loop(0).post([] {});
  std::promise<void> passed;
  server.reactor.loop(0).post([&] { passed.set_value(); });
  passed.get_future().wait();
  CHECK_FALSE(ran);
}

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

TEST_CASE("listener: a reactor that stops ends its connections, and a listener may outlive it") {
  Seen seen;
  TestMetrics metrics;
  auto reactor = std::make_unique<Reactor>(2);
  auto admission = make_admission({}, metrics);
  auto listener = listen(*reactor, admission, "test", "127.0.0.1", 0,
                         [&](Connection& c) { return std::make_unique<Scripted>(c, seen, echo_bytes); });
  REQUIRE(listener);
  RawClient client((*listener)->address());
  client.send("x");
  CHECK(client.exactly(1) == "x");
  reactor.reset();
  CHECK(seen.closed == 1);
  CHECK(seen.destroyed == 1);
  CHECK(client.ended());
  listener->reset();
}
