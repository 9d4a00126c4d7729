// A connection of lib/net without a socket or a thread: what a protocol writes is kept, and time passes when the test says so.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "net/wire.hpp"

namespace rostrum::net::test {

class FakeWire final : public WireConnection, public std::enable_shared_from_this<FakeWire> {
 public:
  FakeWire() {
    client_.address = "192.0.2.1";
    client_.port = 50000;
  }

  // The peer's side; nothing happens once it has ended.
  void open(std::unique_ptr<Protocol> protocol) { protocol_ = std::move(protocol); }
  void receive(ByteView bytes) {
    if (ended_ || paused_) return;
    if (auto taken = protocol_->received(bytes); !taken) fail(taken.error());
    settle();
  }
  /// The peer takes everything that is queued.
  void read_all() {
    if (ended_ || unsent_ == 0) return;
    unsent_ = 0;
    protocol_->drained();
    settle();
  }
  void finish() {
    if (ended_) return;
    auto* wire = dynamic_cast<WireProtocol*>(protocol_.get());
    if (!wire || !wire->peer_finished()) end({Errc::closed, {}, {}});
    settle();
  }
  void wind_down() {
    if (ended_) return;
    if (auto* wire = dynamic_cast<WireProtocol*>(protocol_.get())) wire->wind_down();
    settle();
  }
  void pass(Clock::duration time) {
    now_ += time;
    wheel_.turn(now_);
    settle();
  }
  void run_posted() {
    while (!posted_.empty() && !ended_) {
      const auto f = std::move(posted_.front());
      posted_.pop_front();
      f();
      settle();
    }
  }
  [[nodiscard]] const std::optional<Error>& ended() const { return ended_; }
  [[nodiscard]] bool paused() const { return paused_; }
  std::string sent;  // all of it, in order

  // The protocol's side:
  const Client& client() const override { return client_; }
  void write(Bytes bytes) override {
    if (ended_) return;
    sent += bytes.text();
    unsent_ += bytes.size();
    if (unsent_ > send_limit()) end({Errc::limit, {}, "a slow reader"});
  }
  std::size_t unsent() const override { return unsent_; }
  void expect_within(Duration, std::string_view) override {}
  void pause_reading(bool paused) override { paused_ = paused; }
  void close(std::string why) override { end({Errc::closed, {}, std::move(why)}); }
  void post(std::function<void()> f) override { posted_.push_back(std::move(f)); }
  std::weak_ptr<Connection> weak() override { return weak_from_this(); }
  void sent_request() override {}
  void publishes() override {}
  void fail(Error why) override { end(std::move(why)); }
  std::size_t send_limit() const override { return 1 << 20; }
  bool here() const override { return true; }
  bool in_turn() const override { return true; }
  void file(Deadline& deadline) override { wheel_.file(deadline); }
  const IpAddress& peer() const override { return peer_; }
  const std::vector<Network>& trusted_proxies() const override { return trusted_; }
  void switch_to(std::unique_ptr<Protocol> to, Bytes early) override {
    next_ = std::move(to);
    early_ = std::move(early);
  }
  void offer() override {}
  std::shared_ptr<Loop> loop() const override { return nullptr; }
  void hand_over(std::shared_ptr<Loop::Errand> errand) override {
    posted_.push_back([errand = std::move(errand)] { errand->run(); });
  }

 private:
  void begin_turn() override {}
  void end_turn() override { settle(); }

  void end(Error why) {
    if (!ended_) ended_ = std::move(why);
  }
  void settle() {
    if (next_) {
      protocol_ = std::move(next_);
      receive(std::exchange(early_, {}));
    }
    if (!ended_ || !protocol_) return;
    const auto protocol = std::move(protocol_);
    protocol->closed(*ended_);
  }

  Client client_;
  const IpAddress peer_{};
  const std::vector<Network> trusted_;
  Clock::time_point now_ = Clock::now();
  DeadlineWheel wheel_{now_};
  std::unique_ptr<Protocol> protocol_;
  std::unique_ptr<Protocol> next_;
  Bytes early_;
  std::deque<std::function<void()>> posted_;
  std::size_t unsent_ = 0;
  bool paused_ = false;
  std::optional<Error> ended_;
};

}  // namespace rostrum::net::test
