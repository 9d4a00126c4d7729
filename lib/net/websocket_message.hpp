// A server's WebSocket frames (RFC 6455 5.2), made once and shared by all who get them.
#pragma once

#include <cstdint>
#include <string_view>

#include <rostrum/bytes.hpp>

namespace rostrum::net {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

constexpr bool is_control(Opcode opcode) {
  return static_cast<std::uint8_t>(opcode) >= 8;
}

/// RFC 6455 7.4.1 and the registry that it made.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  none = 1005,      // never sent: the peer's close frame said no code
  abnormal = 1006,  // never sent: the connection ended without a close frame
  bad_payload = 1007,
  policy = 1008,
  too_big = 1009,
  internal = 1011,
  try_later = 1013,
};

/// May that code stand in a close frame? 3000-4999 are free for those above the protocol (7.4.2).
bool may_be_sent(CloseCode code);

/// One message to send: its frame header and payload in one block. Copying shares. Thread-safe.
class WebSocketMessage {
 public:
  /// `utf8` must be UTF-8 (8.1): a browser closes a socket on anything else.
  static WebSocketMessage text(std::string_view utf8);
  static WebSocketMessage binary(ByteView payload);
  [[nodiscard]] const Bytes& frame() const { return frame_; }

 private:
  explicit WebSocketMessage(Bytes frame) : frame_(std::move(frame)) {}
  Bytes frame_;
};

/// One whole frame without a mask: a server's (5.1).
Bytes make_frame(Opcode opcode, ByteView payload);
/// A close frame; a reason is cut to what fits into a control frame (5.5), at the end of a character. CloseCode::none: no
/// payload.
Bytes make_close(CloseCode code, std::string_view reason);

}  // namespace rostrum::net
