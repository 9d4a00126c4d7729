// What lib/net's own protocols (HTTP, WebSocket, later HTTP/2) share with its connections, beyond door.hpp.
#pragma once

#include <memory>
#include <vector>

#include <rostrum/door.hpp>

#include "net/cidr.hpp"
#include "net/deadline_wheel.hpp"
#include "net/reactor.hpp"

namespace rostrum::net {

class WireConnection : public Connection {
 public:
  /// The peer has asked for something: when the house is full it is no longer among the first to go.
  virtual void sent_request() = 0;
  /// It publishes: it is not among the first to go either, and its reads may be taken together with others' (ReadCoalescer).
  virtual void publishes() = 0;
  /// Sends what is queued, then closes because something is wrong: a log line and a metric.
  virtual void fail(Error) = 0;
  /// Unsent bytes beyond which `write` closes the connection.
  [[nodiscard]] virtual std::size_t send_limit() const = 0;
  /// Is this the connection's own thread? Thread-safe.
  [[nodiscard]] virtual bool here() const = 0;
  /// Is a turn of this connection under way? Connection thread only.
  [[nodiscard]] virtual bool in_turn() const = 0;
  /// Files a deadline in the loop's wheel. It must be destroyed on the connection's thread.
  virtual void file(Deadline&) = 0;
  [[nodiscard]] virtual const IpAddress& peer() const = 0;
  /// What TLS agreed on (ALPN): "h2", "http/1.1"; "" = nothing was asked for.
  [[nodiscard]] virtual std::string_view alpn() const { return {}; }
  [[nodiscard]] virtual const std::vector<Network>& trusted_proxies() const = 0;
  /// Another protocol goes on from here: it gets `early` and what comes later, once the call under way is over. The one that
  /// calls this gets no more calls, `closed` neither, and is destroyed.
  virtual void switch_to(std::unique_ptr<Protocol> to, Bytes early) = 0;
  /// Offers what is queued to the kernel now, not at the end of the call under way.
  virtual void offer() = 0;
  [[nodiscard]] virtual std::shared_ptr<Loop> loop() const = 0;
  /// `loop()->hand_over`. Thread-safe.
  virtual void hand_over(std::shared_ptr<Loop::Errand>) = 0;

  /// A call into the connection from outside of its own callbacks. What it queued is sent, and what it ended is ended, once, when
  /// the outermost turn is over: so the parts of an answer leave in one system call, and no protocol is destroyed while it is on
  /// the stack. Within an errand of the loop that waits for all errands that are run together: what many connections send is made
  /// first and handed to the kernel afterwards, and neither pushes the other out of the cache for each of them.
  /// Not from within another connection's callbacks: loops have scratch buffers that only one may use.
  class Turn {
   public:
    explicit Turn(WireConnection& connection) : connection_(connection) { connection_.begin_turn(); }
    ~Turn() { connection_.end_turn(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    WireConnection& connection_;
  };

 protected:
  virtual void begin_turn() = 0;
  virtual void end_turn() = 0;
};

class WireProtocol : public Protocol {
 public:
  /// The peer will send nothing more. True: answers are on their way, the protocol closes when they are out; false: it is gone.
  virtual bool peer_finished() = 0;
  /// The server stops: end what is under way politely, begin nothing, then close.
  virtual void wind_down() = 0;
};

/// Marks any connection of ours as a publisher's. Connection thread only.
void mark_publisher(Connection&);

}  // namespace rostrum::net
