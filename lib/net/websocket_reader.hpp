// A client's WebSocket frames out of a byte stream (RFC 6455 5), put together to messages.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include <rostrum/bytes.hpp>

#include "base/utf8.hpp"
#include "net/websocket_message.hpp"

namespace rostrum::net {

/// Why the connection must fail (RFC 6455 7.1.7), with the code for its close frame.
struct Violation {
  CloseCode code = CloseCode::protocol_error;
  std::string what;
};

class WebSocketReader {
 public:
  struct Bounds {
    std::size_t frame_bytes = 64 << 10;    // the payload of one frame
    std::size_t message_bytes = 64 << 10;  // of all frames of a message
  };
  /// A whole message (text or binary), or a control frame.
  struct Item {
    Opcode opcode;
    Bytes payload;
  };

  explicit WebSocketReader(const Bounds& bounds) : bounds_(&bounds) {}  // they must outlive the reader

  /// Takes bytes off the front of `bytes` up to the end of the next item; nothing: all are taken, and more are needed. What is
  /// announced takes no memory before it comes. After a violation the reader is of no more use.
  tl::expected<std::optional<Item>, Violation> next(ByteView& bytes);
  /// Is a frame or a fragmented message unfinished?
  [[nodiscard]] bool within() const { return header_size_ > 0 || in_payload_ || in_message_; }

 private:
  [[nodiscard]] std::size_t header_needs() const;
  tl::expected<void, Violation> begin_frame();
  tl::expected<void, Violation> take_payload(ByteView& bytes);
  tl::expected<std::optional<Item>, Violation> end_frame();

  const Bounds* bounds_;
  std::vector<std::byte> message_;  // unmasked, of the frames so far
  std::vector<std::byte> control_;  // of a control frame, which may stand between a message's frames (5.4)
  std::uint64_t left_ = 0;          // of the frame's payload
  std::array<std::byte, 14> header_{};
  std::uint8_t header_size_ = 0;  // bytes of it that are there, until the payload begins
  std::uint8_t mask_at_ = 0;
  std::array<std::byte, 4> mask_{};
  Utf8Check utf8_;
  Opcode opcode_ = Opcode::continuation;  // of the frame
  Opcode kind_ = Opcode::text;            // of the message
  bool final_ = false;
  bool in_payload_ = false;
  bool in_message_ = false;  // its first frame has come, its last has not
};

}  // namespace rostrum::net
