// Connections as bytes: what goes in and out, limits, ends.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "byte_server.hpp"
#include "net/wire.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;

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

TEST_CASE("net: what errands of one batch write leaves when all have run; the next batch lets others have their turn first") {
  struct Errand final : Loop::Errand {
    explicit Errand(std::function<void()> function) : f(std::move(function)) {}
    void run() override { f(); }
    std::function<void()> f;
  };
  struct Observed {
    std::size_t unsent = 0, run_before_others = 0, run = 0, unsent_afterwards = 1;
  };
  std::promise<Observed> all;
  ByteServer server([&all, seen = std::make_shared<Observed>()](Connection& connection, std::string_view) -> Result<void> {
    auto& wire = dynamic_cast<WireConnection&>(connection);
    const auto hand_over = [&](std::function<void()> f) { wire.hand_over(std::make_shared<Errand>(std::move(f))); };
    hand_over([&wire] {
      const WireConnection::Turn turn(wire);
      wire.write(Bytes(std::string("made first")));
    });
    hand_over([&wire, seen] { seen->unsent = wire.unsent(); });
    for (int i = 0; i < 100; ++i) hand_over([seen] { ++seen->run; });
    wire.loop()->post([&wire, seen] {
      seen->run_before_others = seen->run;
      seen->unsent_afterwards = wire.unsent();
    });
    hand_over([&all, seen] { all.set_value(*seen); });
    return {};
  });
  auto client = server.client();
  client.send("x");
  CHECK(client.exactly(10) == "made first");
  const Observed seen = all.get_future().get();
  CHECK(seen.unsent == 10);
  CHECK(seen.unsent_afterwards == 0);
  CHECK(seen.run_before_others > 0);
  CHECK(seen.run_before_others < 100);
  CHECK(seen.run == 100);
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

TEST_CASE("listener: a reset is seen while reading is paused, also behind bytes that nobody has read") {
  std::weak_ptr<Connection> weak;
  ByteServer server(
      [](Connection& c, std::string_view) -> Result<void> {
        c.pause_reading(true);
        c.write(Bytes(std::string("paused")));
        return {};
      },
      {}, [&](Connection& c) { weak = c.weak(); });
  auto client = server.client();
  client.send("x");
  CHECK(client.exactly(6) == "paused");
  client.send("more");
  for (int i = 0; i < 3; ++i) {  // between two tasks the loop sees to its sockets
    std::promise<void> ran;
    weak.lock()->post([&] { ran.set_value(); });
    REQUIRE(ran.get_future().wait_for(patience) == std::future_status::ready);
  }
  client.reset();
  CHECK(server.end().code == Errc::io);
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
