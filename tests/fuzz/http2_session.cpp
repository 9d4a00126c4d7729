// A whole HTTP/2 connection as a script: each byte says what happens next (bytes, a frame, a request, time, an answer, an end of
// either side), the ones behind it with what. What the server sends must be whole frames, and nobody may be left waiting for it.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <rostrum/log.hpp>

#include "../unit/net/fake_wire.hpp"
#include "../unit/rtmp/fake_house.hpp"
#include "net/http2.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, ByteView payload) {
  Writer out;
  out.u24(payload.size()).u8(type).u8(flags).u32(stream).bytes(payload);
  return std::string(as_text(out.view()));
}

/// Frames of at most 16 KiB, one after the other; the last may be cut where the connection was ended at once.
void must_be_frames(ByteView sent, bool whole) {
  Reader in(sent);
  while (in.left() > 0) {
    if (in.left() < 9) {
      if (whole) std::abort();
      return;
    }
    const std::size_t size = in.u24();
    in.skip(6);
    if (size > 16384 || (whole && size > in.left())) std::abort();
    in.skip(std::min(size, in.left()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  set_log_sink([](Level, std::string_view, std::string_view, std::string_view) {});
  rtmp::test::FakeMetrics metrics;
  std::vector<HttpReply> parked;
  int asked = 0, abandoned = 0;
  HttpLimits limits;
  limits.head_bytes = 1024;
  limits.headers = 16;
  limits.body_bytes = 4096;
  limits.streams = 8;
  const auto handler = [&](HttpRequest request, HttpReply reply) {
    if (request.headers.size() > 17 || request.body.size() > 4096 || !(request.path == "*" || request.path.starts_with('/')))
      std::abort();
    ++asked;
    if (request.path == "/") return reply(HttpResponse::text(200, "text/plain", std::string(request.body.text())));
    if (request.path == "/big")
      return reply({200, {}, {Bytes(std::vector<std::byte>(300'000)), Bytes(), Bytes(std::string("end"))}});
    reply.when_abandoned([&] { ++abandoned; });
    parked.push_back(std::move(reply));
  };
  const auto origin = make_origin(handler, limits, metrics);
  {
    const auto wire = std::make_shared<FakeWire>();
    wire->open(make_http2(*wire, origin));
    std::uint32_t next_stream = 1;
    Reader script(std::as_bytes(std::span(data, size)));
    if ((script.u8() & 1) == 0) wire->receive(as_view(std::string(preface) + frame(4, 0, 0, {})));
    while (script.left() > 0 && !wire->ended()) {
      const std::uint8_t what = script.u8();
      const std::size_t count = what >> 4;
      switch (what & 15) {
        case 0:  // bytes as they are
          wire->receive(script.take(std::min<std::size_t>(count + 1, script.left())));
          break;
        case 1: {  // a frame, its stream the newest or an older one
          const std::uint8_t type = script.u8(), flags = script.u8();
          const std::uint8_t back = script.u8();
          const std::uint32_t stream = back == 255 ? 0 : next_stream - std::min<std::uint32_t>(next_stream, back);
          const std::size_t payload = std::min<std::size_t>(script.u8() * (count + 1u), script.left());
          wire->receive(as_view(frame(type, flags, stream, script.take(payload))));
          break;
        }
        case 2:    // a request: GET / or POST with what follows as its head
        case 3: {  // the same, its body still to come
          constexpr std::array<std::string_view, 4> paths{"\x84", "\x04\x04/big", "\x04\x02/p", "\x04\x04/a/b"};
          std::string head = (count & 8) != 0 ? "\x83" : "\x82";
          head.append(paths[count & 3]).append("\x87\x41\x01h");
          head += as_text(script.take((count & 4) != 0 ? std::min<std::size_t>(script.u8(), script.left()) : 0));
          wire->receive(as_view(frame(1, (what & 15) == 2 ? 5 : 4, next_stream, as_view(head))));
          next_stream += 2;
          break;
        }
        case 4:
          wire->read_all();
          break;
        case 5:
          wire->pass(std::chrono::seconds(count * count));
          break;
        case 6:
          if (count < parked.size()) parked[count](HttpResponse::text(200, "text/plain", std::string(count * 2000, 'x')));
          wire->run_posted();
          break;
        case 7:
          wire->finish();
          break;
        case 8:
          wire->wind_down();
          break;
        case 9: {  // cancels, many at once
          std::string burst;
          for (std::size_t i = 0; i <= count; ++i)
            burst += frame(3, 0, next_stream - 2 * std::min<std::uint32_t>(next_stream / 2, static_cast<std::uint32_t>(i) + 1),
                           as_view(std::string_view("\0\0\0\x08", 4)));
          wire->receive(as_view(burst));
          break;
        }
        case 10: {  // a window opens
          Writer more;
          more.u32(std::uint32_t{1} << count);
          wire->receive(as_view(frame(8, 0, 0, more.view())));
          wire->receive(as_view(frame(8, 0, next_stream - std::min<std::uint32_t>(next_stream, 2), more.view())));
          break;
        }
        default:
          wire->receive(as_view(frame(0, what >> 7, next_stream - std::min<std::uint32_t>(next_stream, 2),
                                      script.take(std::min<std::size_t>(count * 300, script.left())))));
          break;
      }
    }
    must_be_frames(as_view(wire->sent), wire->ended() ? wire->ended()->code != Errc::limit : true);
    if (!wire->ended()) {
      wire->close("the end of the script");
      wire->pass(0s);
    }
  }
  for (const HttpReply& reply : parked) {
    if (reply.wanted()) std::abort();
  }
  if (abandoned > asked) std::abort();
  return 0;
}
