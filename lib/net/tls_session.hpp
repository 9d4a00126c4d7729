// TLS of one connection: ciphertext in, plain bytes out, and back. It never touches a socket but to send.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <rostrum/bytes.hpp>
#include <rostrum/error.hpp>

#include "net/send_queue.hpp"
#include "net/tls_scratch.hpp"
#include "net/tls_server.hpp"

namespace rostrum::net {

/// One thread only: that of the scratch.
class TlsSession {
 public:
  TlsSession(const TlsServer& server, TlsScratch& scratch);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  enum class Got {
    nothing,      // all that came is read
    established,  // once: the handshake is done, `protocol` is known
    data,         // `plain` holds some
    finished,     // the peer has said close_notify: nothing more comes
  };
  struct Step {
    Got got = Got::nothing;
    ByteView plain;  // valid until the next call
  };
  /// What came from the socket. It is borrowed: call `read` until it gives `nothing` or fails before it goes.
  void feed(ByteView wire) { wire_ = wire; }
  /// Fails with Errc::bad_syntax (no TLS, a broken record), Errc::unsupported (no version or cipher in common) or Errc::denied
  /// (the client refuses us). An alert is queued then.
  Result<Step> read();

  /// Seals what the queue holds and sends it; at most one batch is sealed and not yet taken by the kernel.
  SendQueue::Sent send(SendQueue& queue, int socket);
  /// Sealed bytes, the handshake's too, that have not been sent.
  [[nodiscard]] std::size_t unsent() const { return sealed_.size(); }
  /// Queues close_notify, once, where the handshake is done and nothing went wrong.
  void finish();

  [[nodiscard]] bool established() const { return established_; }
  /// What ALPN agreed on: "h2", "http/1.1", "" = nothing.
  [[nodiscard]] std::string_view protocol() const;

 private:
  struct Pipe;  // the BIO

  Error failure();
  bool seal(SendQueue& queue);

  const TlsServer& server_;
  TlsScratch& scratch_;
  ByteView wire_;                  // came, not read yet
  std::vector<std::byte> sealed_;  // to be sent
  SslPtr ssl_;
  bool established_ = false;
  bool failed_ = false;
  bool finished_ = false;  // we have said close_notify
};

}  // namespace rostrum::net
