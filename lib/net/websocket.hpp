// WebSocket (RFC 6455), a server's side: an endpoint answers the request, a handler gets what the peer sends.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/door.hpp>
#include <rostrum/http.hpp>

#include "net/websocket_message.hpp"
#include "net/websocket_reader.hpp"

namespace rostrum::net {

class WireConnection;

/// How a socket ended.
struct WebSocketEnd {
  CloseCode code = CloseCode::abnormal;  // what the peer's close frame said, or what ours did when we closed first
  std::string reason;                    // likewise; the peer's is from outside
  bool clean = false;                    // both close frames have been exchanged (RFC 6455 7.1.4)
};

/// An open socket, as its handler holds it. It lives until `closed` has returned. Connection thread only; from other threads go
/// through `weak`.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  [[nodiscard]] virtual const Client& client() const = 0;
  [[nodiscard]] virtual const std::string& subprotocol() const = 0;  // "" = none was agreed
  /// Queues a message, unless the socket closes or its reader is slow (see SlowReader).
  virtual void send(const WebSocketMessage&) = 0;
  /// Begins the closing handshake; what is queued leaves before. Nothing is sent or delivered after it. `reason` is cut to 123
  /// bytes of UTF-8. A code that must not be sent (1005, 1006...) closes without one.
  virtual void close(CloseCode code, std::string_view reason) = 0;
  /// Stops and starts reading: back-pressure on the peer. What has been read already may still be delivered; the peer's pongs
  /// wait too, and are not missed meanwhile.
  virtual void pause_reading(bool) = 0;
  [[nodiscard]] virtual std::size_t unsent() const = 0;  // bytes queued, and not yet taken by the kernel
  /// For `post` from other threads: what is posted to a connection runs while its socket is there, or not at all.
  [[nodiscard]] virtual std::weak_ptr<Connection> weak() = 0;
  [[nodiscard]] virtual WireConnection& connection() = 0;
};

/// What an endpoint makes for each socket. Connection thread only. What it throws ends the socket and nothing else.
class WebSocketHandler {
 public:
  virtual ~WebSocketHandler() = default;
  /// A whole message; text is UTF-8. Not called once either side has begun to close.
  virtual void message(Opcode kind, Bytes payload) = 0;
  /// SlowReader::skip: everything queued has left, after `missed` messages were not queued.
  virtual void caught_up(std::size_t missed) { (void)missed; }
  /// Exactly once, at the end; the handler is destroyed after it.
  virtual void closed(const WebSocketEnd&) {}
};

/// What becomes of a socket whose peer does not read.
enum class SlowReader : std::uint8_t {
  close,  // with 1013
  skip,   // messages are left out until everything queued has left; then the handler's `caught_up`
};

struct WebSocketLimits {
  WebSocketReader::Bounds in;
  std::size_t unsent_bytes = 256 << 10;            // queued for a slow reader; at most half of the connection's own limit counts
  Duration ping_after = std::chrono::seconds(30);  // of silence
  Duration pong_within = std::chrono::seconds(15);
  Duration message_within = std::chrono::seconds(30);  // from the first byte of a message or frame to its last
  Duration closing_within = std::chrono::seconds(5);   // for the peer's close frame after ours
  Duration idle{};                                     // without a message either way; 0 = for ever
};

struct WebSocketOptions {
  std::vector<std::string> subprotocols;  // that are spoken; the client's first of them is taken
  /// May pages of this origin ("https://example.org", "null") open a socket? Not asked where no Origin came: no browser did it.
  /// Empty: only pages of the host that the request names (see `same_origin`).
  std::function<bool(std::string_view origin, const HttpRequest&)> allow_origin;
  SlowReader slow_reader = SlowReader::close;
  WebSocketLimits limits;
};

/// Does `origin`'s authority equal the request's Host?
bool same_origin(std::string_view origin, const HttpRequest&);

/// One per route. Thread-safe; sockets keep what they need of it alive.
class WebSocketEndpoint {
 public:
  /// Called on the connection's thread when the handshake is over; it may send at once, and may keep the reference in the
  /// handler.
  using Open = std::function<std::unique_ptr<WebSocketHandler>(WebSocket&)>;

  /// Metrics are labelled with `name`, a word of the code's, never of a request's.
  WebSocketEndpoint(std::string_view name, WebSocketOptions options, Metrics& metrics);

  /// The answer to a request for a socket: 101, or 400 (no handshake), 403 (origin), 405, 426 (no WebSocket, or a version other
  /// than 13).
  [[nodiscard]] HttpResponse accept(const HttpRequest&, Open) const;

  struct State;

 private:
  std::shared_ptr<const State> state_;
};

}  // namespace rostrum::net
