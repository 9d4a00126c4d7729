// Connections that are not woken for less than their protocol can use.
#include <doctest/doctest.h>

#include <future>

#include "byte_server.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

namespace {

// Wants `mark` bytes more after the first byte, and answers each piece with its size.
struct Marked {
  explicit Marked(std::size_t mark, Duration limit = 30s)
      : server([this](Connection& connection, std::string_view bytes) { return answer(connection, bytes); }, {},
               [limit](Connection& connection) { connection.expect_within(limit, "more"); }),
        mark_(mark) {
    client.send("a");
    CHECK(client.exactly(2) == "1,");
  }

  // Waits until the loop has seen whatever came before.
  void round() {
    for (int i = 0; i < 2; ++i) {
      std::promise<void> done;
      server.reactor.pick().post([&] { done.set_value(); });
      done.get_future().wait();
    }
  }

  ByteServer server;
  RawClient client = server.client();

 private:
  Result<void> answer(Connection& connection, std::string_view bytes) {
    connection.write(Bytes(std::to_string(bytes.size()) + ","));
    connection.receive_low_water(mark_);
    return {};
  }
  const std::size_t mark_;
};

const std::string part(3000, 'x');

}  // namespace

TEST_CASE("low water: what is less than the mark waits, and comes with the rest") {
  Marked marked(9000);
  for (int i = 0; i < 2; ++i) {
    marked.client.send(part);
    marked.round();
    CHECK(marked.client.silent());
  }
  marked.client.send(part);
  CHECK(marked.client.exactly(5) == "9000,");
}

TEST_CASE("low water: an end brings what had come, and then itself") {
  Marked marked(9000);
  marked.client.send(part);
  marked.round();
  CHECK(marked.client.silent());
  marked.client.finish();
  CHECK(marked.client.rest() == "3000,");
  CHECK(marked.server.end().code == Errc::closed);
}

TEST_CASE("low water: a peer that sends slowly is not late, one that sends nothing is") {
  Marked marked(9000, 300ms);
  for (int i = 0; i < 3; ++i) {
    marked.client.send(part);
    CHECK(marked.client.exactly(5) == "3000,");  // when the limit is over, not before
  }
  CHECK(marked.client.rest().empty());
  CHECK(marked.server.end().code == Errc::timeout);
}

TEST_CASE("low water: a mark beyond what the kernel keeps is lowered, and a small one is none") {
  Marked large(100'000'000);
  large.client.send(std::string(40'000, 'y'));
  CHECK(large.client.exactly(6) == "40000,");

  Marked small(1000);
  small.client.send("bc");
  CHECK(small.client.exactly(2) == "2,");
}
