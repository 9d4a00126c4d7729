#include "net/read_coalescer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "byte_server.hpp"
#include "net/wire.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

namespace {

// Reads at a steady rate, from `at` on: does the last of them ask for a rest?
bool reads(ReadCoalescer& coalescer, Clock::time_point& at, std::size_t count, Clock::duration apart) {
  bool asks = false;
  for (std::size_t i = 0; i < count; ++i) asks = coalescer.read_media(at += apart);
  return asks;
}

}  // namespace

TEST_CASE("coalescer: rests where a thousand reads come in a second, and no longer when they are fewer") {
  ReadCoalescer coalescer;
  Clock::time_point at(1h);
  CHECK_FALSE(reads(coalescer, at, 2 * ReadCoalescer::window, 2ms));
  CHECK(reads(coalescer, at, 2 * ReadCoalescer::window, 500us));
  CHECK_FALSE(reads(coalescer, at, 2 * ReadCoalescer::window, 2ms));
}

TEST_CASE("coalescer: the next pass begins one rest after this one began, at once when this one took longer") {
  ReadCoalescer coalescer;
  Clock::time_point at(1h);
  reads(coalescer, at, 2 * ReadCoalescer::window, 500us);
  CHECK_FALSE(coalescer.rest_until(at));  // nothing came for an hour before this pass
  CHECK(coalescer.rest_until(at + 1ms) == at + ReadCoalescer::rest);
  CHECK(coalescer.rest_until(at + 5ms) == at + 2 * ReadCoalescer::rest);
  CHECK_FALSE(coalescer.rest_until(at + 13ms));
  CHECK(coalescer.rest_until(at + 14ms) == at + 13ms + ReadCoalescer::rest);
}

TEST_CASE("coalescer: nothing else that comes is kept waiting by a rest") {
  ReadCoalescer coalescer;
  Clock::time_point at(1h);
  reads(coalescer, at, 2 * ReadCoalescer::window, 500us);
  coalescer.rest_until(at);
  coalescer.read_other();
  CHECK_FALSE(coalescer.rest_until(at + 1ms));
  CHECK(coalescer.rest_until(at + 2ms) == at + 1ms + ReadCoalescer::rest);
}

TEST_CASE("coalescer: a loop takes publishers' small pieces together, and loses none") {
  std::atomic<int> received{0};
  ByteServer server(
      [&](Connection&, std::string_view) -> Result<void> {
        ++received;
        return {};
      },
      {}, [](Connection& connection) { mark_publisher(connection); });
  std::vector<RawClient> publishers;
  for (int i = 0; i < 16; ++i) publishers.push_back(server.client());
  constexpr int pieces = 1000;
  for (int i = 0; i < pieces; ++i) {
    for (auto& publisher : publishers) publisher.send("x");
  }
  const std::size_t sent = publishers.size() * pieces;
  CHECK(eventually([&] {
    std::lock_guard lock(server.seen.mutex);
    return server.seen.text.size() == sent;
  }));
  CHECK(static_cast<std::size_t>(received) < sent / 16);  // once they are many, each rest has dozens of pieces
}
