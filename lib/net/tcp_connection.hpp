// A connection over a TCP socket: reads, gathered writes, limits and an orderly end.
//
// Bytes pass two places only, `deliver` on their way in and `flush` on their way out. TLS sits between those and the socket; the
// protocol is made when its handshake is done and ALPN has chosen one.
#pragma once

#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/door_state.hpp"
#include "net/reactor_impl.hpp"
#include "net/send_queue.hpp"
#include "net/wire.hpp"

namespace rostrum::net {

using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

class TlsSession;

/// On its loop's thread, but for `post`, `hand_over`, `weak`, `here` and the destructor.
class TcpConnection final : public WireConnection, public std::enable_shared_from_this<TcpConnection>, private Deadline {
 public:
  TcpConnection(std::shared_ptr<LoopImpl> loop, TcpSocket socket, const asio::ip::tcp::endpoint& peer,
                std::shared_ptr<DoorState> door);
  ~TcpConnection() override;

  /// Asks for admission, makes the protocol, or begins the handshake that does, and begins to read.
  void open();
  /// Closes at once, without sending what is queued.
  void abort(std::string why);
  /// Ends politely: as the protocol knows how, else when what is queued has left.
  void wind_down();
  [[nodiscard]] const DoorState& door() const { return *door_; }

  const Client& client() const override { return client_; }
  void write(Bytes bytes) override;
  std::size_t unsent() const override;
  void expect_within(Duration limit, std::string_view what) override;
  void pause_reading(bool paused) override;
  void close(std::string why) override;
  void post(std::function<void()> f) override;
  std::weak_ptr<Connection> weak() override { return weak_from_this(); }
  void sent_request() override;
  void publishes() override;
  void fail(Error why) override;
  std::size_t send_limit() const override { return door_->admission->limits().unsent_bytes; }
  bool here() const override { return loop_->here(); }
  bool in_turn() const override { return depth_ > 0; }
  void file(Deadline& deadline) override { loop_->file(deadline); }
  const IpAddress& peer() const override { return peer_; }
  std::string_view alpn() const override;
  const std::vector<Network>& trusted_proxies() const override { return door_->admission->trusted_proxies(); }
  void switch_to(std::unique_ptr<Protocol> to, Bytes early) override;
  void offer() override { flush(); }
  std::shared_ptr<Loop> loop() const override { return loop_; }
  void hand_over(std::shared_ptr<Loop::Errand> errand) override { loop_->hand_over(std::move(errand)); }

  /// What a turn within an errand put off.
  void settle_now() {
    settles_later_ = false;
    Turn turn(*this);
  }

 private:
  void begin_turn() override { ++depth_; }
  void end_turn() override {
    if (--depth_ > 0) return;
    if (!loop_->running_errands()) return settle();
    if (!std::exchange(settles_later_, true)) loop_->settle_later(shared_from_this());
  }
  std::optional<Clock::time_point> due() const override;
  void expired(Clock::time_point now) override;

  /// Runs code of a protocol or a poster. What it throws ends the connection and nothing else.
  template <class F>
  void guarded(F&& f);
  void settle();         // after every turn: end, deliver, send, read
  void schedule_turn();  // settles soon, from the loop
  void make_protocol();
  void end(Error why, bool at_once);
  void tell_protocol();
  void flush();
  void wait_writable();
  void wait_readable();
  void wait_broken();
  void read();
  void on_eof();
  void input_over();             // the peer has said that it sends nothing more
  void deliver(ByteView bytes);  // as they came from the socket
  void decrypt(ByteView bytes);
  void hand_plain(ByteView bytes);  // as the protocol understands them
  void take_over();
  void begin_linger();
  void destroy();

  // First what every turn touches, side by side: 10,000 connections that are woken together have no other place in a cache.
  const std::shared_ptr<LoopImpl> loop_;
  int depth_ = 0;         // turns under way
  bool told_ = false;     // the log, and the protocol, know of the end
  bool at_once_ = false;  // the end does not wait for the queue
  bool dead_ = false;     // the socket is closed
  bool publishes_ = false;
  bool paused_ = false;
  bool waiting_readable_ = false;
  bool readable_ = false;  // something came while reading was paused
  bool waiting_broken_ = false;
  bool waiting_writable_ = false;
  bool turn_scheduled_ = false;
  bool settles_later_ = false;
  bool drained_owed_ = false;
  bool peer_finished_ = false;
  bool lingering_ = false;                 // our FIN is out
  bool silent_ = true;                     // not a byte yet
  std::unique_ptr<TlsSession> tls_;        // nullptr: plain
  std::unique_ptr<Protocol> protocol_;     // nullptr: before the handshake is done, and after the end
  WireProtocol* wire_protocol_ = nullptr;  // protocol_, where it is one of ours
  std::unique_ptr<Protocol> next_;         // takes over when the turn is over
  SendQueue queue_;
  TcpSocket socket_;
  Clock::time_point received_at_;
  Clock::time_point progress_at_{};  // of sending
  Duration expected_within_{};       // 0 = no expectation
  const std::shared_ptr<DoorState> door_;
  std::optional<Error> end_;  // set: nothing is delivered any more

  const IpAddress peer_;
  const Client client_;
  std::unique_ptr<Admission::Ticket> ticket_;
  std::list<std::shared_ptr<TcpConnection>>::iterator place_;
  Bytes early_;  // what came for the next protocol before it was there
  const Clock::time_point opened_at_ = Clock::now();
  Clock::time_point close_by_{};  // valid once `end_` is set
  std::string expected_what_;
};

template <class F>
void TcpConnection::guarded(F&& f) {
  std::string what = "something that is no exception";
  try {
    return f();
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
  }
  end({Errc::internal, {}, "a mistake of the server's: it threw " + what}, true);
}

}  // namespace rostrum::net
