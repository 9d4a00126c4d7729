// Sockets that get the same messages: a broadcast costs one frame, one post a loop, and one write a socket.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "net/websocket.hpp"

namespace rostrum::net {

class WebSocketGroup {
  class Shard;

 public:
  /// A socket's place in a group, given back when it is destroyed. Keep it in the socket's handler: connection thread only.
  class Membership {
   public:
    ~Membership();
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;

   private:
    friend class WebSocketGroup;
    friend class Shard;
    Membership(std::shared_ptr<Shard> shard, WebSocket& socket);
    const std::shared_ptr<Shard> shard_;
    WebSocket& socket_;
    std::size_t place_ = 0;
  };

  WebSocketGroup();
  ~WebSocketGroup();  // what was broadcast before still arrives
  WebSocketGroup(const WebSocketGroup&) = delete;
  WebSocketGroup& operator=(const WebSocketGroup&) = delete;

  /// The socket gets every message that is broadcast after this returns, in order, and may get some that were broadcast shortly
  /// before. On its connection's thread. The membership may outlive the group.
  [[nodiscard]] std::unique_ptr<Membership> join(WebSocket& socket);
  /// Sends to all members; all get all messages in one order. Thread-safe.
  void broadcast(const WebSocketMessage& message);
  /// Thread-safe.
  [[nodiscard]] std::size_t size() const { return size_->load(std::memory_order_relaxed); }

 private:
  const std::shared_ptr<std::atomic<std::size_t>> size_;
  std::mutex mutex_;                            // guards shards_; taken before a shard's own
  std::vector<std::shared_ptr<Shard>> shards_;  // one a loop that has had members
};

}  // namespace rostrum::net
