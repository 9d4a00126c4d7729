// One request whose answer may come later, from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include <rostrum/http.hpp>
#include <rostrum/reply.hpp>

#include "net/deadline_wheel.hpp"
#include "net/wire.hpp"

namespace rostrum::net {

class Exchange final : public HttpReply::Sink, public std::enable_shared_from_this<Exchange> {
 public:
  /// Who sends answers. Connection thread only.
  class Owner {
   public:
    virtual void answered() = 0;

   protected:
    ~Owner() = default;
  };

  Exchange(WireConnection& connection, std::weak_ptr<Connection> weak, Owner& owner)
      : connection_(connection), weak_(std::move(weak)), owner_(&owner) {}

  // Any thread:
  void answer(HttpResponse response) override;
  bool abandoned() const override { return abandoned_.load(std::memory_order_acquire); }
  void when_abandoned(std::function<void()> f) override;

  // Connection thread only, all below.
  /// Nobody waits any more: the answerer is told, and an answer is thrown away.
  void abandon();
  /// An answer of the server's own in place of the one that did not come.
  void settle(HttpResponse response);

  HttpResponse response;  // once `ready`
  bool ready = false;
  bool head_only = false;  // HEAD
  bool http10 = false;
  bool close = false;  // the last one of its connection
  Clock::time_point asked_at{};
  // How much of the answer has been handed on:
  bool head_sent = false;
  std::size_t slice = 0;
  std::size_t offset = 0;

 private:
  void accept();

  WireConnection& connection_;  // valid while weak_ is
  const std::weak_ptr<Connection> weak_;
  Owner* owner_;  // nullptr once the connection or the wait is over
  HttpResponse given_;
  std::atomic<bool> abandoned_{false};
  std::mutex mutex_;  // guards told_
  std::function<void()> told_;
};

}  // namespace rostrum::net
