#include "net/http_exchange.hpp"

#include <utility>

#include <rostrum/prefetch.hpp>

#include "net/http_head.hpp"

namespace rostrum::net {

void Exchange::answer(HttpResponse with) {
  const auto connection = weak_.lock();
  if (!connection || abandoned()) return;
  if (connection_.here() && connection_.in_turn()) {
    if (owner_) settle(std::move(with));
    return;
  }
  // What another thread, another connection's turn, or the loop itself has for this one waits for a turn of its own.
  given_ = std::move(with);
  connection_.hand_over(std::shared_ptr<Loop::Errand>(shared_from_this(), this));
}

void Exchange::run() {
  const auto connection = weak_.lock();
  if (!connection || !owner_) return;
  const WireConnection::Turn turn(connection_);
  settle(std::move(given_));
}

void Exchange::prefetch() const {
  rostrum::prefetch(&connection_, 400);  // what a turn touches of a TcpConnection
  rostrum::prefetch(owner_, 300);        // and of a protocol
}

void Exchange::settle(HttpResponse with) {
  response = std::move(with);
  ready = true;
  owner_->answered(*this);
}

void Exchange::replace(HttpResponse with) {
  abandon();
  response = std::move(with);
  ready = true;
}

bool Exchange::has_content() const {
  return !head_only && has_body(response.status);
}

std::size_t Exchange::body_size() const {
  std::size_t size = 0;
  for (const Bytes& slice : response.body) size += slice.size();
  return size;
}

Bytes Exchange::next_piece(std::size_t most) {
  Bytes piece;
  while (slice_ < response.body.size() && piece.empty()) {
    const Bytes& slice = response.body[slice_];
    piece = slice.slice(offset_, most);
    offset_ += piece.size();
    if (offset_ < slice.size()) break;
    ++slice_;
    offset_ = 0;
  }
  return piece;
}

void Exchange::when_abandoned(std::function<void()> f) {
  {
    std::lock_guard lock(mutex_);
    if (!abandoned()) {
      told_ = std::move(f);
      return;
    }
  }
  f();
}

void Exchange::abandon() {
  owner_ = nullptr;
  std::function<void()> tell;
  {
    std::lock_guard lock(mutex_);
    abandoned_.store(true, std::memory_order_release);
    tell = std::exchange(told_, nullptr);
  }
  if (tell) tell();
}

}  // namespace rostrum::net
