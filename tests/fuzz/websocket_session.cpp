// A whole WebSocket connection, from its HTTP request to its end, as a script: each byte says what happens next (bytes, a frame,
// time, an end of either side), the ones behind it with what. What the server sends must be frames, and nothing after its close
// frame.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <rostrum/log.hpp>

#include "../unit/net/fake_wire.hpp"
#include "../unit/rtmp/fake_house.hpp"
#include "net/http_server.hpp"
#include "net/websocket.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view request =
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

struct Watched {
  WebSocket* socket = nullptr;
  int opened = 0;
  int closed = 0;
};

class Handler final : public WebSocketHandler {
 public:
  Handler(WebSocket& socket, Watched& watched) : socket_(socket), watched_(watched) {
    watched_.socket = &socket;
    ++watched_.opened;
  }
  void message(Opcode kind, Bytes payload) override {
    if (watched_.closed > 0 || (kind == Opcode::text && !is_utf8(payload.text()))) std::abort();
    if (payload.text() == "pause") return socket_.pause_reading(true);
    socket_.send(kind == Opcode::text ? WebSocketMessage::text(payload.text()) : WebSocketMessage::binary(payload));
  }
  void caught_up(std::size_t missed) override {
    if (missed == 0) std::abort();
    socket_.send(WebSocketMessage::text("caught up"));
  }
  void closed(const WebSocketEnd& end) override {
    if (++watched_.closed > 1 || (end.clean && end.code == CloseCode::abnormal)) std::abort();
    watched_.socket = nullptr;
  }

 private:
  WebSocket& socket_;
  Watched& watched_;
};

std::string frame(std::uint8_t first, ByteView payload) {
  Writer out;
  out.u8(first);
  payload.size() < 126 ? out.u8(0x80 | payload.size()) : out.u8(0x80 | 126).u16(payload.size());
  return std::string(as_text(out.zeros(4).bytes(payload).view()));
}

void check(std::string_view sent) {
  const auto head = sent.find("HTTP/1.1 101");
  if (head == sent.npos) return;
  Reader in(as_view(sent.substr(sent.find("\r\n\r\n", head) + 4)));
  for (bool over = false; in.left() > 0;) {
    const unsigned first = in.u8(), length = in.u8();
    if (over || (first & 0x70) != 0 || length > 127) std::abort();
    in.skip(length == 126 ? in.u16() : length == 127 ? in.u64() : length);
    if (!in.ok()) std::abort();
    over = first == 0x88;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  set_log_sink([](Level, std::string_view, std::string_view, std::string_view) {});
  Reader script(std::as_bytes(std::span(data, size)));
  rtmp::test::FakeMetrics metrics;
  Watched watched;
  WebSocketOptions options;
  options.subprotocols = {"a"};
  const unsigned shape = script.u8();
  options.slow_reader = (shape & 1) != 0 ? SlowReader::skip : SlowReader::close;
  options.limits = {
      .in = {.frame_bytes = 1000, .message_bytes = 2000}, .unsent_bytes = 4000, .idle = (shape & 2) != 0 ? 90s : 0s};
  const WebSocketEndpoint endpoint("fuzz", options, metrics);
  HttpReply parked;
  HttpResponse later;
  const auto origin = make_origin(
      [&](HttpRequest asked, HttpReply reply) {
        auto answer = endpoint.accept(asked, [&](WebSocket& socket) { return std::make_unique<Handler>(socket, watched); });
        if ((shape & 4) == 0) return reply(std::move(answer));
        parked = std::move(reply);
        later = std::move(answer);
      },
      HttpLimits{}, metrics);
  const auto wire = std::make_shared<FakeWire>();
  wire->open(make_http(*wire, origin));
  if ((shape & 8) == 0) wire->receive(as_view(request));
  while (script.left() > 0 && !wire->ended()) {
    const unsigned what = script.u8();
    const auto some = [&] { return script.take(std::min<std::size_t>(script.u8(), script.left())); };
    switch (what % 11) {
      case 0:
        wire->receive(some());
        break;
      case 1: {
        const auto first = script.u8();
        wire->receive(as_view(frame(first, some())));
        break;
      }
      case 2: {  // a frame in single bytes
        const auto first = script.u8();
        for (const char byte : frame(first, some())) wire->receive(as_view(std::string_view(&byte, 1)));
        break;
      }
      case 3:
        wire->pass(std::chrono::seconds(what / 11));
        break;
      case 4:
        wire->read_all();
        break;
      case 5:
        wire->finish();
        break;
      case 6:
        wire->wind_down();
        break;
      case 7:
        if (parked.wanted()) parked(std::move(later));
        wire->run_posted();
        wire->pass(0s);  // a turn: what was handed over begins
        break;
      case 8:
        if (watched.socket) watched.socket->send(WebSocketMessage::text(std::string(100 * (what / 11), 'x')));
        break;
      case 9:
        if (watched.socket) watched.socket->close(static_cast<CloseCode>(script.u16()), "because");
        break;
      case 10:
        if (watched.socket) watched.socket->pause_reading(false);
        break;
    }
  }
  wire->finish();
  wire->pass(60s);
  wire->pass(60s);
  check(wire->sent);
  if (wire->ended() && watched.closed != watched.opened) std::abort();
  return 0;
}
