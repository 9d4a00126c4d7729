// How a protocol comes in: a door plugin sees connections as bytes, never sockets. Threads, TLS, limits and time-outs are the
// house's, once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <rostrum/bytes.hpp>
#include <rostrum/error.hpp>
#include <rostrum/http.hpp>
#include <rostrum/kind.hpp>
#include <rostrum/media.hpp>
#include <rostrum/metrics.hpp>

namespace rostrum {

/// One TCP (or TLS) connection. All calls and callbacks are on the connection's own thread; only `post` is thread-safe.
class Connection {
 public:
  virtual ~Connection() = default;
  [[nodiscard]] virtual const Client& client() const = 0;
  /// Queues bytes; they go out in order, gathered. Past the door's limit of unsent bytes the connection is closed as a slow
  /// reader.
  virtual void write(Bytes) = 0;
  /// Bytes queued and not yet taken by the kernel.
  [[nodiscard]] virtual std::size_t unsent() const = 0;
  /// Closes with `what` in the log and a metric unless nothing is received for `limit`; each received byte starts it anew.
  virtual void expect_within(Duration limit, std::string_view what) = 0;
  /// Stops and starts reading: back-pressure.
  virtual void pause_reading(bool) = 0;
  /// Sends what is queued, then closes. `why` goes to the log; empty = an ordinary end.
  virtual void close(std::string why) = 0;
  /// Runs `f` on the connection's thread, unless the connection is gone by then. Thread-safe.
  virtual void post(std::function<void()> f) = 0;
  [[nodiscard]] virtual std::weak_ptr<Connection> weak() = 0;
};

/// What a door plugin makes for each connection. Destroyed after `closed`.
class Protocol {
 public:
  virtual ~Protocol() = default;
  /// Bytes came. All of them are consumed: keep what is incomplete, within bounds. An error closes the connection; its text goes
  /// to the log, its code to the metric.
  virtual Result<void> received(ByteView) = 0;
  /// Everything queued has left.
  virtual void drained() {}
  /// The connection is gone: FIN, reset, time-out, limit, or our own close.
  virtual void closed(const Error& why) = 0;
};

/// Who wants to publish where. `app/name` is the stream; keys and tokens travel in `query` only and are never logged.
struct PublishRequest {
  std::string app;
  std::string name;
  std::string query;     // "token=abc&x=1", without '?'
  std::string protocol;  // "rtmp"
  std::string url;       // as the client asked, without query
  Client client;
};

/// An admitted publisher, as its door holds it. Call from the connection's thread. Dropping it is an end without a goodbye.
class Publisher {
 public:
  virtual ~Publisher() = default;
  /// What the publisher says it will send (metadata). Not binding; lets the stream start before the last track is seen.
  virtual void announce(bool video, bool audio, Rational frame_rate) = 0;
  /// One frame, with PTS and DTS on the publisher's own clock (any base, may jump); `frame.format` changes where the
  /// configuration changed. `quantum` of the clock is given at opening.
  virtual void frame(Frame) = 0;
  /// The publisher said goodbye (FCUnpublish, deleteStream) or is gone; `why` for the log.
  virtual void end(std::string_view why) = 0;
};

/// The house as a door sees it. Thread-safe.
class DoorContext {
 public:
  virtual ~DoorContext() = default;
  [[nodiscard]] virtual const Params& params() const = 0;
  [[nodiscard]] virtual Metrics& metrics() const = 0;
  /// Asks for admission and the stream's name. `answer` runs once, on the connection's thread (never inside this call). Errors:
  /// denied, busy (the name is live), not_found (no template matches), unsupported, limit.
  /// `quantum`: the resolution of the publisher's timestamps (RTMP: 1 ms). `kicked` runs on the connection's thread when the
  /// stream no longer wants this publisher (stop, takeover): close the connection.
  virtual void publish(Connection&, PublishRequest, Duration quantum, std::function<void(std::string_view why)> kicked,
                       std::function<void(Result<std::unique_ptr<Publisher>>)> answer) = 0;
};

/// A listener's kind, as data.
struct DoorInfo {
  std::string_view name;  // "rtmp": the key below `listen:`
  std::string_view summary;
  std::span<const ParamInfo> params{};  // beside `bind`
  bool secure = false;                  // TLS in front: takes `certificate` and `key`
  /// One protocol object a connection. Connection thread only.
  std::unique_ptr<Protocol> (*accept)(DoorContext&, Connection&) = nullptr;
};

}  // namespace rostrum
