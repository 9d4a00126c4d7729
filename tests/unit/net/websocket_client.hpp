// A client's side of RFC 6455, that also says what a client must not say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fixture.hpp"
#include "net/websocket_message.hpp"

namespace rostrum::net::test {

/// The handshake's request, with `more` headers ("Origin: x\r\n").
std::string upgrade_request(std::string_view path = "/ws", std::string_view more = {});

struct FrameShape {
  bool final = true;
  bool masked = true;
  unsigned reserved = 0;               // RSV1 = 4
  int length_bytes = -1;               // 0, 2 or 8 after the first; -1 = the shortest form
  std::uint64_t claimed = UINT64_MAX;  // the length that the header says; the real one by default
};
/// A client's frame.
std::string client_frame(Opcode opcode, std::string_view payload = {}, FrameShape shape = {});
std::string client_close(std::uint16_t code, std::string_view reason = {});

struct ServerFrame {
  int opcode = -1;  // -1: the connection ended
  std::string payload;
  /// "close 1002", "text hello", "end"
  [[nodiscard]] std::string text() const;
};

class WebSocketClient : public RawClient {
 public:
  /// Connects and shakes hands.
  explicit WebSocketClient(const std::string& address, std::string_view path = "/ws", int receive_buffer = 0);
  ServerFrame frame();
  /// frame().text()
  std::string says() { return frame().text(); }
};

}  // namespace rostrum::net::test
