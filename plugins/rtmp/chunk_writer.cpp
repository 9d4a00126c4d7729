#include "rtmp/chunk_writer.hpp"

#include <algorithm>
#include <limits>

namespace rostrum::rtmp {
namespace {

// Control messages are short: one chunk whatever the size agreed on.
void write_short(Writer& out, MessageType type, ByteView payload) {
  write_message(out, control_chunk_stream, type, 0, payload, std::numeric_limits<std::size_t>::max());
}

}  // namespace

void write_message(Writer& out, std::uint32_t chunk_stream, MessageType type, std::uint32_t message_stream, ByteView payload,
                   std::size_t chunk_size) {
  out.u8(chunk_stream).u24(0).u24(payload.size()).u8(static_cast<unsigned>(type)).u32_little(message_stream);
  while (true) {
    const std::size_t part = std::min(chunk_size, payload.size());
    out.bytes(payload.first(part));
    payload = payload.subspan(part);
    if (payload.empty()) return;
    out.u8(0xC0 | chunk_stream);
  }
}

void write_control(Writer& out, MessageType type, std::uint32_t value) {
  Writer body;
  write_short(out, type, body.u32(value).view());
}

void write_peer_bandwidth(Writer& out, std::uint32_t bytes) {
  constexpr unsigned dynamic = 2;
  Writer body;
  write_short(out, MessageType::peer_bandwidth, body.u32(bytes).u8(dynamic).view());
}

void write_user_control(Writer& out, ControlEvent event, std::uint32_t value) {
  Writer body;
  write_short(out, MessageType::user_control, body.u16(static_cast<unsigned>(event)).u32(value).view());
}

}  // namespace rostrum::rtmp
