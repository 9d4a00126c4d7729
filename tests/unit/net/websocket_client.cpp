#include "websocket_client.hpp"

#include <doctest/doctest.h>

#include <array>

namespace rostrum::net::test {

std::string upgrade_request(std::string_view path, std::string_view more) {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: here\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         std::string(more) + "\r\n";
}

std::string client_frame(Opcode opcode, std::string_view payload, FrameShape shape) {
  const std::uint64_t length = shape.claimed == UINT64_MAX ? payload.size() : shape.claimed;
  const int bytes = shape.length_bytes >= 0 ? shape.length_bytes : length <= 125 ? 0 : length <= 0xffff ? 2 : 8;
  const unsigned masked = shape.masked ? 0x80 : 0;
  Writer out;
  out.u8((shape.final ? 0x80u : 0u) | shape.reserved << 4 | static_cast<unsigned>(opcode));
  if (bytes == 0) out.u8(masked | length);
  if (bytes == 2) out.u8(masked | 126).u16(length);
  if (bytes == 8) out.u8(masked | 127).u64(length);
  constexpr std::array<unsigned char, 4> mask{0x37, 0xfa, 0x21, 0x3d};
  if (shape.masked) out.bytes(std::as_bytes(std::span(mask)));
  for (std::size_t i = 0; i < payload.size(); ++i)
    out.u8(static_cast<unsigned char>(payload[i]) ^ (shape.masked ? mask[i % 4] : 0u));
  return std::string(as_text(out.view()));
}

std::string client_close(std::uint16_t code, std::string_view reason) {
  Writer payload;
  payload.u16(code).text(reason);
  return client_frame(Opcode::close, as_text(payload.view()));
}

std::string ServerFrame::text() const {
  switch (opcode) {
    case -1:
      return "end";
    case 1:
      return "text " + payload;
    case 2:
      return "binary " + payload;
    case 8: {
      Reader in(as_view(payload));
      return payload.empty() ? "close" : "close " + std::to_string(in.u16());
    }
    case 9:
      return "ping " + payload;
    case 10:
      return "pong " + payload;
    default:
      return "opcode " + std::to_string(opcode);
  }
}

WebSocketClient::WebSocketClient(const std::string& address, std::string_view path, int receive_buffer)
    : RawClient(address, receive_buffer) {
  send(upgrade_request(path));
  const std::string head = answer(true);
  REQUIRE_MESSAGE(status(head) == "101", head);
  CHECK(head.find("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != head.npos);  // RFC 6455 1.3
}

ServerFrame WebSocketClient::frame() {
  const std::string first = exactly(2);
  if (first.size() < 2) return {};
  const auto byte = [](char c) { return static_cast<unsigned char>(c); };
  CHECK((byte(first[0]) & 0xf0) == 0x80);  // whole, and nothing reserved
  CHECK((byte(first[1]) & 0x80) == 0);     // RFC 6455 5.1: a server's frames are not masked
  std::uint64_t length = byte(first[1]) & 0x7f;
  if (length >= 126) {
    const std::string more = exactly(length == 126 ? 2 : 8);
    length = 0;
    for (const char c : more) length = length << 8 | byte(c);
  }
  return {byte(first[0]) & 0x0f, exactly(length)};
}

}  // namespace rostrum::net::test
