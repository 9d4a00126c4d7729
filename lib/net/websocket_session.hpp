// One open WebSocket: frames, deadlines and the closing handshake between a connection and a handler.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "net/websocket.hpp"
#include "net/wire.hpp"

namespace rostrum::net {

/// How sockets end, as a metric's label.
enum class Ending : std::uint8_t {
  normal,
  going_away,
  protocol_error,
  bad_payload,
  too_big,
  slow_reader,
  timeout,
  other,
  abnormal
};
constexpr std::size_t endings = static_cast<std::size_t>(Ending::abnormal) + 1;

/// What all sockets of an endpoint share. Thread-safe.
struct WebSocketEndpoint::State {
  WebSocketOptions options;
  Gauge& open;
  Counter& received;
  Counter& sent;
  Counter& skipped;
  Counter& refused_handshake;
  Counter& refused_origin;
  std::array<Counter*, endings> ended;
};

class WebSocketSession final : public WireProtocol, public WebSocket, private Deadline {
 public:
  WebSocketSession(WireConnection& connection, std::shared_ptr<const WebSocketEndpoint::State> endpoint, Client client,
                   std::string subprotocol);
  ~WebSocketSession() override;

  /// Before anything else is called.
  void open(const WebSocketEndpoint::Open& open);

  const Client& client() const override { return client_; }
  const std::string& subprotocol() const override { return subprotocol_; }
  void send(const WebSocketMessage& message) override;
  void close(CloseCode code, std::string_view reason) override;
  void pause_reading(bool paused) override;
  std::size_t unsent() const override { return connection_.unsent(); }
  std::weak_ptr<Connection> weak() override { return connection_.weak(); }
  WireConnection& connection() override { return connection_; }

  Result<void> received(ByteView bytes) override;
  void drained() override;
  void closed(const Error& why) override;
  bool peer_finished() override { return false; }
  void wind_down() override { close(CloseCode::going_away, "the server stops"); }

 private:
  enum class Phase : std::uint8_t { open, closing, over };  // closing: our close frame is out; over: the connection closes

  std::optional<Clock::time_point> due() const override;
  void expired(Clock::time_point now) override;

  void take(WebSocketReader::Item item);
  void take_ping(Bytes payload);
  void take_close(ByteView payload);
  void fail(CloseCode code, Ending ending, Error why);
  void violated(const Violation& violation);
  [[nodiscard]] bool is_slow(std::size_t more);

  WireConnection& connection_;
  const std::shared_ptr<const WebSocketEndpoint::State> endpoint_;
  const Client client_;
  const std::string subprotocol_;
  std::unique_ptr<WebSocketHandler> handler_;
  WebSocketReader reader_;
  WebSocketEnd end_;
  Bytes owed_pong_;
  std::size_t missed_ = 0;  // messages not queued since the reader became slow
  Clock::time_point heard_at_ = Clock::now();
  Clock::time_point message_at_ = heard_at_;  // the last one, either way
  Clock::time_point begun_at_{};              // of what the reader is within
  Clock::time_point asked_at_{};              // our ping or close frame
  Phase phase_ = Phase::open;
  Ending ending_ = Ending::abnormal;
  bool pinged_ = false;
  bool paused_ = false;
  bool within_ = false;
};

}  // namespace rostrum::net
