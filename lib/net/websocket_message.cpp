#include "net/websocket_message.hpp"

namespace rostrum::net {
namespace {

constexpr std::size_t control_bytes = 125;  // RFC 6455 5.5

}  // namespace

bool may_be_sent(CloseCode code) {
  const auto value = static_cast<std::uint16_t>(code);
  return (value >= 1000 && value <= 1003) || (value >= 1007 && value <= 1014) || (value >= 3000 && value <= 4999);
}

Bytes make_frame(Opcode opcode, ByteView payload) {
  Writer out;
  out.reserve(10 + payload.size());
  out.u8(0x80 | static_cast<std::uint8_t>(opcode));
  if (payload.size() <= 125) {
    out.u8(payload.size());
  } else if (payload.size() <= 0xffff) {
    out.u8(126).u16(payload.size());
  } else {
    out.u8(127).u64(payload.size());
  }
  return Bytes(out.bytes(payload).take());
}

Bytes make_close(CloseCode code, std::string_view reason) {
  if (code == CloseCode::none) return make_frame(Opcode::close, {});
  if (reason.size() > control_bytes - 2) {
    std::size_t end = control_bytes - 2;
    while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xc0) == 0x80) --end;
    reason = reason.substr(0, end);
  }
  Writer payload;
  payload.u16(static_cast<std::uint16_t>(code)).text(reason);
  return make_frame(Opcode::close, payload.view());
}

WebSocketMessage WebSocketMessage::text(std::string_view utf8) {
  return WebSocketMessage(make_frame(Opcode::text, as_view(utf8)));
}
WebSocketMessage WebSocketMessage::binary(ByteView payload) {
  return WebSocketMessage(make_frame(Opcode::binary, payload));
}

}  // namespace rostrum::net
