// A whole HTTP/1.1 connection as a script: each byte says what happens next (bytes, an answer to the oldest or newest question,
// time, an end of either side), the ones behind it with what. There are never more answers than requests and one refusal, and
// every question that is not answered is abandoned at the end.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <rostrum/log.hpp>

#include "../unit/net/fake_wire.hpp"
#include "../unit/rtmp/fake_house.hpp"
#include "net/http_server.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  set_log_sink([](Level, std::string_view, std::string_view, std::string_view) {});
  Reader script(std::as_bytes(std::span(data, size)));
  rtmp::test::FakeMetrics metrics;
  std::vector<HttpReply> parked;
  std::size_t asked = 0;
  HttpLimits limits;
  limits.head_bytes = 700;
  limits.body_bytes = 300;
  limits.pipelined = 3;
  const auto origin = make_origin(
      [&](HttpRequest request, HttpReply reply) {
        ++asked;
        if (request.path == "/throw") throw std::runtime_error("thrown");
        if (request.path == "/now") return reply(HttpResponse::text(200, "text/plain", std::to_string(request.body.size())));
        if (request.path == "/large") {
          HttpResponse large = HttpResponse::text(200, "text/plain", std::string(600 << 10, 'x'));
          large.body.push_back(Bytes(std::string("end")));
          return reply(std::move(large));
        }
        if (request.path == "/odd") return reply(HttpResponse::text(99, "text/plain", ""));
        if (request.path == "/drop") return;
        reply.when_abandoned([] {});
        parked.push_back(std::move(reply));
      },
      limits, metrics);
  const auto wire = std::make_shared<FakeWire>();
  wire->open(make_http(*wire, origin));
  while (script.left() > 0 && !wire->ended()) {
    const unsigned what = script.u8();
    switch (what % 8) {
      case 0:
        wire->receive(script.take(std::min<std::size_t>(script.u8(), script.left())));
        break;
      case 1:
        for (const std::byte byte : script.take(std::min<std::size_t>(script.u8(), script.left()))) wire->receive({&byte, 1});
        break;
      case 2:
      case 3: {
        if (parked.empty()) break;
        const auto which = what % 8 == 2 ? parked.begin() : parked.end() - 1;
        HttpReply reply = std::move(*which);
        parked.erase(which);
        reply(HttpResponse::text(what & 8 ? 200 : 404, "text/plain", "late"));
        wire->pass({});
        break;
      }
      case 4:
        wire->pass(std::chrono::seconds(what / 8));
        break;
      case 5:
        wire->read_all();
        break;
      case 6:
        wire->finish();
        break;
      case 7:
        wire->wind_down();
        break;
    }
  }
  for (int i = 0; i < 20 && !wire->ended(); ++i) wire->read_all();
  wire->finish();
  wire->pass(std::chrono::seconds(200));
  wire->pass(std::chrono::seconds(200));
  std::size_t answers = 0;
  for (auto at = wire->sent.find("HTTP/1.1 "); at != std::string::npos; at = wire->sent.find("HTTP/1.1 ", at + 1)) {
    const auto code = wire->sent[at + 9];  // a problem's text may name the version, too
    if (code >= '2' && code <= '9') ++answers;
  }
  if (answers > asked + 1) std::abort();
  for (const HttpReply& reply : parked) {
    if (wire->ended() && reply.wanted()) std::abort();
  }
  return 0;
}
