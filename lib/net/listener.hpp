// Listening sockets and the limits of what comes through them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <rostrum/door.hpp>

#include "net/reactor.hpp"

namespace rostrum::net {

/// Shared by all listeners of an engine. Limits by address exempt loopback and trusted proxies.
struct Limits {
  std::size_t connections = 0;  // of the process; 0 = RLIMIT_NOFILE less a reserve of 256
  std::size_t per_address = 512;
  std::size_t unsent_bytes = 8u << 20;  // a slow reader is closed past it
  Duration first_byte = std::chrono::seconds(10);
  Duration handshake = std::chrono::seconds(10);  // TLS, from accept to its end
  std::vector<std::string> trusted_proxies;       // CIDR; one that parse_network refuses is logged and not trusted
};

/// Counts connections over all listeners; when full, those that have sent no request go first. Thread-safe.
class Admission;
std::shared_ptr<Admission> make_admission(Limits, Metrics&);

using Accept = std::function<std::unique_ptr<Protocol>(Connection&)>;

class TlsServer;

class Listener {
 public:
  virtual ~Listener() = default;                          // stops accepting; open connections go on
  [[nodiscard]] virtual std::string address() const = 0;  // "127.0.0.1:41233", "[::1]:8080"
  /// Closes every connection that came through this listener after it sent what is queued, at the latest after `limit`.
  /// HTTP connections first get the answers they wait for. Stops accepting; blocks until they are gone. Not on a loop's thread.
  virtual void drain(Duration limit) = 0;
};

/// Binds `address:port` on every loop (SO_REUSEPORT) after a probe bind without it. Fails with Errc::busy ("port 1935 is in use;
/// ...") or Errc::io. `door` labels metrics and log lines; `accept` runs on the connection's loop. port 0 picks one for all
/// loops. With `tls` every connection speaks TLS, and `accept` runs when its handshake is done.
Result<std::unique_ptr<Listener>> listen(Reactor&, std::shared_ptr<Admission>, std::string door, const std::string& address,
                                         std::uint16_t port, Accept accept, std::shared_ptr<TlsServer> tls = nullptr);

}  // namespace rostrum::net
