// What passes between a connection's socket and its protocol: bytes in, through TLS where there is one, and bytes out.
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/core.h>

#include "net/tcp_connection.hpp"
#include "net/tls_session.hpp"

namespace rostrum::net {
namespace {

constexpr int reads_in_turn = 4;  // so that others get theirs

}  // namespace

void TcpConnection::flush() {
  if (waiting_writable_ || unsent() == 0) return;
  const int socket = socket_.native_handle();
  const auto sent = tls_ ? tls_->send(queue_, socket) : queue_.send(socket);
  if (sent == SendQueue::Sent::failed) {
    const int code = errno;
    queue_.clear();
    return end({Errc::io, {}, fmt::format("sending failed: {}", std::strerror(code))}, true);
  }
  if (sent == SendQueue::Sent::some) return wait_writable();
  drained_owed_ = true;
}

void TcpConnection::wait_writable() {
  waiting_writable_ = true;
  progress_at_ = Clock::now();
  loop_->file(*this);
  socket_.async_wait(TcpSocket::wait_write, [self = shared_from_this()](boost::system::error_code error) {
    self->waiting_writable_ = false;
    if (error || self->dead_) return;
    Turn turn(*self);
  });
}

// There is always somebody waiting, also while requests are parked and while the end is near: that is what sees the peer go.
// Where reading is paused and something has come, an end behind it is the reader's to find; a reset is seen at once
// (wait_broken).
void TcpConnection::wait_readable() {
  if (waiting_readable_ || readable_ || dead_ || peer_finished_) return;
  waiting_readable_ = true;
  socket_.async_wait(TcpSocket::wait_read, [self = shared_from_this()](boost::system::error_code error) {
    self->waiting_readable_ = false;
    if (error || self->dead_) return;
    Turn turn(*self);
    self->read();
    self->publishes_ ? self->loop_->read_media(self->received_at_) : self->loop_->read_other();
  });
}

void TcpConnection::wait_broken() {
  if (std::exchange(waiting_broken_, true)) return;
  socket_.async_wait(TcpSocket::wait_error, [self = shared_from_this()](boost::system::error_code error) {
    self->waiting_broken_ = false;
    if (error || self->dead_) return;
    int code = 0;
    socklen_t size = sizeof code;
    ::getsockopt(self->socket_.native_handle(), SOL_SOCKET, SO_ERROR, &code, &size);
    if (code == 0) return;  // urgent data: a peer that has some could keep the loop busy with it
    Turn turn(*self);
    self->end({Errc::io, {}, std::strerror(code)}, true);
  });
}

// Into the loop's buffer: of 10,000 connections that wait none has one of its own.
void TcpConnection::read() {
  readable_ = false;
  for (int i = 0; i < reads_in_turn && !dead_; ++i) {
    const bool looks = paused_ && !end_;  // nothing is taken, but whether the peer is still there
    const ssize_t count = ::recv(socket_.native_handle(), loop_->scratch.data(), looks ? 1 : loop_->scratch.size(),
                                 looks ? MSG_DONTWAIT | MSG_PEEK : MSG_DONTWAIT);
    if (count == 0) return on_eof();
    if (count < 0) {
      const int code = errno;
      if (code == EINTR) continue;
      if (code == EAGAIN || code == EWOULDBLOCK) return;
      return end({Errc::io, {}, std::strerror(code)}, true);
    }
    if (looks) {
      readable_ = true;
      return wait_broken();
    }
    deliver(ByteView(loop_->scratch).first(static_cast<std::size_t>(count)));
    if (static_cast<std::size_t>(count) < loop_->scratch.size()) return;
  }
}

void TcpConnection::on_eof() {
  peer_finished_ = true;
  input_over();
}

void TcpConnection::input_over() {
  if (end_) return;
  if (wire_protocol_ && wire_protocol_->peer_finished()) return;
  end({Errc::closed, {}, {}}, false);
}

void TcpConnection::deliver(ByteView bytes) {
  silent_ = false;
  if (end_) return;  // what still comes after our end is read so that it does not reset our last bytes
  tls_ ? decrypt(bytes) : hand_plain(bytes);
}

void TcpConnection::decrypt(ByteView bytes) {
  tls_->feed(bytes);
  while (!end_) {
    const auto step = tls_->read();
    if (!step) {
      end(step.error(), false);
      break;
    }
    if (step->got == TlsSession::Got::nothing) break;
    if (step->got == TlsSession::Got::established) {
      make_protocol();
    } else if (step->got == TlsSession::Got::data) {
      hand_plain(step->plain);
    } else {
      input_over();
      break;
    }
  }
  tls_->feed({});
}

void TcpConnection::hand_plain(ByteView bytes) {
  received_at_ = Clock::now();
  if (next_) take_over();
  if (end_) return;
  guarded([&] {
    if (auto taken = protocol_->received(bytes); !taken) end(std::move(taken).error(), false);
  });
}

}  // namespace rostrum::net
