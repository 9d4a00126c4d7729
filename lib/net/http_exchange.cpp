#include "net/http_exchange.hpp"

#include <utility>

namespace rostrum::net {

void Exchange::answer(HttpResponse response_given) {
  const auto connection = weak_.lock();
  if (!connection || abandoned()) return;
  given_ = std::move(response_given);
  if (connection_.here()) return accept();
  connection->post([self = shared_from_this()] { self->accept(); });
}

void Exchange::accept() {
  if (!owner_) return;
  settle(std::move(given_));
}

void Exchange::settle(HttpResponse with) {
  response = std::move(with);
  ready = true;
  owner_->answered();
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
