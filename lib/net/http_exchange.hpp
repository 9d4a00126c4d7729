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

class Exchange : public HttpReply::Sink, private Loop::Errand, public std::enable_shared_from_this<Exchange> {
 public:
  /// Who sends answers. Connection thread only.
  class Owner {
   public:
    virtual void answered(Exchange&) = 0;

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
  /// An answer of the server's own; the owner is told.
  void settle(HttpResponse response);
  /// The same in place of one that did not come; the owner, who calls this, is not told.
  void replace(HttpResponse response);
  /// Does a body follow the head? Only once `ready`.
  [[nodiscard]] bool has_content() const;
  [[nodiscard]] std::size_t body_size() const;
  /// Has all of the body been handed on?
  [[nodiscard]] bool handed_on() const { return slice_ == response.body.size(); }
  /// The next piece of the body, sharing it: at most `most` bytes, empty only when all is handed on.
  Bytes next_piece(std::size_t most);

  HttpResponse response;  // once `ready`
  bool ready = false;
  bool head_only = false;  // HEAD
  bool head_sent = false;
  const Clock::time_point asked_at = Clock::now();

 private:
  void run() override;
  void prefetch() const override;

  WireConnection& connection_;  // valid while weak_ is
  const std::weak_ptr<Connection> weak_;
  Owner* owner_;  // nullptr once the connection or the wait is over
  std::atomic<bool> abandoned_{false};
  // How much of the body has been handed on:
  std::size_t slice_ = 0;
  std::size_t offset_ = 0;
  HttpResponse given_;  // by another thread, which may not touch what is the connection's
  std::mutex mutex_;    // guards told_
  std::function<void()> told_;
};

}  // namespace rostrum::net
