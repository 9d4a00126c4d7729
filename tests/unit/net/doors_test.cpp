// The doors of a whole engine: what one visitor does must not cost another one's place.
#include <doctest/doctest.h>

#include <rostrum/engine.hpp>
#include <rostrum/log.hpp>

#include "fixture.hpp"
#include "rtmp/chunk_writer.hpp"
#include "rtmp/command.hpp"

using namespace rostrum;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view file = R"(
rostrum: 1
listen:
  http: {bind: "127.0.0.1:0"}
  rtmp: {bind: "127.0.0.1:0"}
streams:
  "live/{name}":
    in:  {kind: publisher, linger: 0s}
    hls: {kind: llhls, from: in.video}
)";

struct House {
  Engine engine;
  explicit House(Config config) : engine(std::move(*Engine::create(std::move(config)))) {
    set_log_level(Level::error);
    auto service = Service::parse(file);
    REQUIRE(service.has_value());
    const auto served = engine.serve(*service);
    REQUIRE_MESSAGE(served.has_value(), served.error().message());
  }
  ~House() { set_log_level(Level::info); }
  [[nodiscard]] RawClient client(std::string_view door) const { return RawClient(*engine.address(door)); }
};

std::string text(ByteView bytes) {
  return std::string(as_text(bytes));
}

std::string command(std::string_view name, double transaction, std::initializer_list<rtmp::AmfValue> values, int stream) {
  Writer out;
  rtmp::write_message(out, 3, rtmp::MessageType::command, static_cast<std::uint32_t>(stream),
                      rtmp::write_command(name, transaction, {values.begin(), values.size()}), 128);
  return text(out.view());
}

void publish(RawClient& client, const std::string& name) {
  using rtmp::AmfValue;
  client.send('\3' + std::string(2 * 1536, '\0'));
  client.send(command("connect", 1, {AmfValue::Object{{"app", "live"}}}, 0));
  client.send(command("createStream", 2, {AmfValue()}, 0));
  client.send(command("publish", 3, {AmfValue(), name, "live"}, 1));
  client.until("NetStream.Publish.Start");
}

}  // namespace

TEST_CASE("doors: when the house is full, the silent go and publishers stay") {
  House house({.threads = 1, .max_connections = 3});
  RawClient camera = house.client("rtmp");
  publish(camera, "cam");
  RawClient silent = house.client("http");
  RawClient other = house.client("rtmp");
  RawClient late = house.client("http");  // the fourth
  CHECK(silent.ended());
  late.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status(late.answer()) == "200");
  RawClient later = house.client("http");  // takes the other's place
  CHECK(other.ended());
  later.send("GET /v1/streams/live/cam HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  CHECK(body(later.answer()).find("rtmp 127.0.0.1") != std::string::npos);
}
