#include "net/tcp_connection.hpp"

#include <netinet/tcp.h>

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/core.h>
#include <boost/asio/detail/socket_option.hpp>

#include "net/tls_session.hpp"

namespace rostrum::net {
namespace {

constexpr Duration stalled_limit = std::chrono::seconds(30);  // a reader that takes nothing
constexpr Duration closing_limit = std::chrono::seconds(30);  // to send what is queued at the end
constexpr Duration linger_limit = std::chrono::seconds(1);    // for the peer's FIN after ours

// What the kernel keeps for a peer beside what is on its way. Left alone it takes megabytes for each reader that does not read:
// 200 of them had 750 MB of everybody's network memory, and made others' parts late.
using UnsentInKernel = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
constexpr int unsent_in_kernel = 256 << 10;

IpAddress address_of(const asio::ip::address& address) {
  return parse_address(address.to_string()).value_or(IpAddress{});
}

Client client_of(const IpAddress& peer, std::uint16_t port, bool secure) {
  Client client;
  client.address = peer.text();
  client.port = port;
  client.secure = secure;
  client.loopback = peer.loopback();
  return client;
}

std::string seconds(Duration d) {
  return fmt::format("{:g} s", std::chrono::duration<double>(d).count());
}

Clock::duration coarse(Duration d) {
  return std::chrono::duration_cast<Clock::duration>(d);
}

}  // namespace

TcpConnection::TcpConnection(std::shared_ptr<LoopImpl> loop, TcpSocket socket, const asio::ip::tcp::endpoint& peer,
                             std::shared_ptr<DoorState> door)
    : loop_(std::move(loop)),
      socket_(std::move(socket)),
      door_(std::move(door)),
      peer_(address_of(peer.address())),
      client_(client_of(peer_, peer.port(), door_->tls != nullptr)) {
  received_at_ = opened_at_;
}

TcpConnection::~TcpConnection() = default;

void TcpConnection::open() {
  auto ticket = door_->admission->admit(peer_, [weak = weak_from_this()] {
    if (auto self = weak.lock())
      self->post([raw = self.get()] { raw->end({Errc::limit, {}, "had sent no request when the server was full"}, true); });
  });
  if (!ticket) {
    door_->refused(ticket.error(), peer_);
    boost::system::error_code ignored;
    socket_.close(ignored);
    dead_ = true;
    return;
  }
  ticket_ = *std::move(ticket);
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(UnsentInKernel(unsent_in_kernel), ignored);
  place_ = loop_->connections.insert(loop_->connections.end(), shared_from_this());
  door_->opened();
  Turn turn(*this);
  if (door_->tls) {
    tls_ = std::make_unique<TlsSession>(*door_->tls, loop_->tls_scratch);
  } else {
    make_protocol();
  }
  loop_->file(*this);
}

void TcpConnection::make_protocol() {
  guarded([&] { protocol_ = door_->accept(*this); });
  wire_protocol_ = dynamic_cast<WireProtocol*>(protocol_.get());
  if (!protocol_) end({Errc::internal, {}, "no protocol was made for it"}, true);
}

std::size_t TcpConnection::unsent() const {
  return queue_.size() + (tls_ ? tls_->unsent() : 0);
}

std::string_view TcpConnection::alpn() const {
  return tls_ ? tls_->protocol() : std::string_view();
}

void TcpConnection::write(Bytes bytes) {
  if (dead_ || end_) return;
  queue_.push(std::move(bytes));
  const std::size_t limit = door_->admission->limits().unsent_bytes;
  if (queue_.size() > limit) {
    flush();
    if (queue_.size() > limit)
      end({Errc::limit, {}, fmt::format("a slow reader: {} bytes are unsent, {} are the limit", queue_.size(), limit)}, true);
  }
  if (depth_ == 0) schedule_turn();
}

void TcpConnection::expect_within(Duration limit, std::string_view what) {
  expected_within_ = limit;
  expected_what_ = what;
  received_at_ = Clock::now();
  if (!dead_) loop_->file(*this);
}

void TcpConnection::pause_reading(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  if (paused_) return;
  received_at_ = Clock::now();  // what could not come was not late
  loop_->file(*this);
  if (depth_ == 0) schedule_turn();
}

void TcpConnection::fail(Error why) {
  end(std::move(why), false);
}
void TcpConnection::close(std::string why) {
  end({Errc::closed, {}, std::move(why)}, false);
}
void TcpConnection::abort(std::string why) {
  const auto self = shared_from_this();
  Turn turn(*this);
  end({Errc::closed, {}, std::move(why)}, true);
}

void TcpConnection::wind_down() {
  const auto self = shared_from_this();
  Turn turn(*this);
  if (end_) return;
  wire_protocol_ ? wire_protocol_->wind_down() : close("the server stops");
}

void TcpConnection::post(std::function<void()> f) {
  if (loop_->stopping()) return;
  asio::post(loop_->io, [weak = weak_from_this(), f = std::move(f)] {
    const auto self = weak.lock();
    if (!self || self->end_ || !self->protocol_) return;
    Turn turn(*self);
    self->guarded(f);
  });
}

void TcpConnection::sent_request() {
  if (ticket_) ticket_->sent_request();
}

void TcpConnection::publishes() {
  sent_request();
  publishes_ = true;
}

void TcpConnection::end(Error why, bool at_once) {
  if (dead_) return;
  at_once_ = at_once_ || at_once;
  if (!end_) {
    if (!why.where.empty()) why.what = why.message();  // the protocol's place stays beside ours
    why.where = endpoint_text(peer_, client_.port);
    end_ = std::move(why);
    close_by_ = Clock::now() + coarse(closing_limit);
    loop_->file(*this);
  }
  if (depth_ == 0) schedule_turn();
}

void TcpConnection::settle() {
  if (dead_) return;
  const auto self = shared_from_this();
  if (next_) take_over();
  if (readable_ && (!paused_ || end_)) {
    ++depth_;
    read();
    --depth_;
    if (next_) take_over();
  }
  if (!(end_ && at_once_)) flush();
  if (!end_ && std::exchange(drained_owed_, false) && protocol_) {
    ++depth_;
    guarded([&] { protocol_->drained(); });
    --depth_;
    if (!queue_.empty() || (readable_ && !paused_))
      schedule_turn();  // not here: a fast reader of a long answer would keep the loop to itself
  }
  if (end_ && !std::exchange(told_, true)) tell_protocol();
  if (end_ && tls_ && !at_once_ && queue_.empty()) {
    tls_->finish();
    flush();
  }
  if (end_ && (at_once_ || (peer_finished_ && unsent() == 0))) return destroy();
  if (end_ && unsent() == 0) begin_linger();
  wait_readable();
}

void TcpConnection::schedule_turn() {
  if (dead_ || std::exchange(turn_scheduled_, true)) return;
  asio::post(loop_->io, [self = shared_from_this()] {
    self->turn_scheduled_ = false;
    Turn turn(*self);
  });
}

void TcpConnection::tell_protocol() {
  const bool ordinary = end_->code == Errc::closed;
  if (!ordinary) door_->failed(end_->code);
  // A reset is how many players leave; whoever knocks on a TLS door with something else is not the operator's trouble.
  const Level level = end_->code == Errc::io || (ordinary && end_->what.empty()) ? Level::debug
                      : ordinary || (tls_ && !tls_->established())               ? Level::info
                                                                                 : Level::warning;
  if (log_enabled(level)) door_->say(level, fmt::format("{}: closed: {}", end_->where, end_->what.empty() ? "done" : end_->what));
  ++depth_;
  wire_protocol_ = nullptr;
  if (const auto protocol = std::move(protocol_)) guarded([&] { protocol->closed(*end_); });
  --depth_;
}

void TcpConnection::switch_to(std::unique_ptr<Protocol> to, Bytes early) {
  next_ = std::move(to);
  early_ = std::move(early);
  if (depth_ == 0) schedule_turn();
}

void TcpConnection::take_over() {
  ++depth_;
  protocol_ = std::move(next_);
  wire_protocol_ = dynamic_cast<WireProtocol*>(protocol_.get());
  if (const Bytes early = std::exchange(early_, {}); !early.empty() && !end_) hand_plain(early);
  --depth_;
}

void TcpConnection::begin_linger() {
  if (std::exchange(lingering_, true)) return;
  boost::system::error_code ignored;
  socket_.shutdown(TcpSocket::shutdown_send, ignored);
  close_by_ = Clock::now() + coarse(linger_limit);
  loop_->file(*this);
}

void TcpConnection::destroy() {
  const auto self = shared_from_this();
  dead_ = true;
  boost::system::error_code ignored;
  // Nobody waits for these bytes any more: a reset gives the kernel's memory back now.
  if (at_once_ && end_->code != Errc::closed) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
  queue_.clear();
  loop_->unfile(*this);
  ticket_.reset();
  loop_->connections.erase(place_);
  door_->gone();
}

std::optional<Clock::time_point> TcpConnection::due() const {
  if (dead_) return std::nullopt;
  auto due = Clock::time_point::max();
  if (end_) {
    due = close_by_;
  } else if (tls_ && !protocol_) {
    due = opened_at_ + coarse(door_->admission->limits().handshake);
  } else {
    if (silent_) due = std::min(due, received_at_ + coarse(door_->admission->limits().first_byte));
    if (expected_within_ > Duration::zero() && !paused_) due = std::min(due, received_at_ + coarse(expected_within_));
  }
  if (waiting_writable_) due = std::min(due, progress_at_ + coarse(stalled_limit));
  return due == Clock::time_point::max() ? std::nullopt : std::optional(due);
}

void TcpConnection::expired(Clock::time_point now) {
  const auto self = shared_from_this();
  Turn turn(*this);
  if (end_) {
    at_once_ = true;
  } else if (waiting_writable_ && progress_at_ + coarse(stalled_limit) <= now) {
    end({Errc::timeout,
         {},
         fmt::format("a slow reader: took nothing for {}, {} bytes are unsent", seconds(stalled_limit), queue_.size())},
        true);
  } else if (tls_ && !protocol_) {
    end({Errc::timeout, {}, fmt::format("no TLS handshake within {}", seconds(door_->admission->limits().handshake))}, true);
  } else if (expected_within_ > Duration::zero() && received_at_ + coarse(expected_within_) <= now) {
    end({Errc::timeout, {}, fmt::format("nothing received for {} ({})", seconds(expected_within_), expected_what_)}, true);
  } else {
    end({Errc::timeout, {}, fmt::format("not a byte within {}", seconds(door_->admission->limits().first_byte))}, true);
  }
}

void mark_publisher(Connection& connection) {
  if (auto* wire = dynamic_cast<WireConnection*>(&connection)) wire->publishes();
}

}  // namespace rostrum::net
