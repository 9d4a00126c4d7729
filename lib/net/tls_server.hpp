// What all TLS connections of a door share: the certificate, the rules, the keys of tickets.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

#include <rostrum/metrics.hpp>

#include "net/ticket_keys.hpp"
#include "net/tls_key_pair.hpp"

namespace rostrum::net {

using SslPtr = std::unique_ptr<SSL, OpenSslDelete<SSL_free>>;

/// TLS 1.2 and 1.3 with forward secrecy and authenticated ciphers only; no renegotiation, no compression, no early data (it can
/// be replayed). Thread-safe.
class TlsServer {
 public:
  struct Rules {
    TlsFiles files;
    std::string door;               // labels metrics, and keeps the tickets of doors apart
    std::vector<std::string> alpn;  // best first; a client that offers others is refused (RFC 7301 3.2). Empty: nobody is asked
  };
  enum class Handshake { full, resumed, failed };

  /// Fails with the first error of load_key_pair, its place "certificate" or "key".
  static Result<std::shared_ptr<TlsServer>> create(Rules, Metrics&);

  /// Reads the files again, for the connections that come from now on. On failure the old certificate stays.
  Result<void> reload();
  /// Have the files changed since they were last read, and rested since the last look? Two files cannot be replaced at once: this
  /// waits for the second.
  bool changed();
  [[nodiscard]] std::chrono::system_clock::time_point until() const;

  /// A server's SSL in accept state, with the certificate of now.
  [[nodiscard]] SslPtr make_session() const;
  void count(Handshake) const;

 private:
  using ContextPtr = std::unique_ptr<SSL_CTX, OpenSslDelete<SSL_CTX_free>>;
  using Stamp = std::array<std::int64_t, 8>;  // device, inode, size and time of both files

  TlsServer(Rules rules, Metrics& metrics);
  Result<ContextPtr> make_context(KeyPair);
  Stamp stamp() const;
  static int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                             unsigned int size, void* self);
  static int ticket_key(SSL*, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX*, EVP_MAC_CTX*, int sealing);

  const Rules rules_;
  std::vector<unsigned char> alpn_;  // as RFC 7301 3.1 writes them
  std::array<Counter*, 3> handshakes_{};
  Gauge& expires_;
  TicketKeys tickets_;

  mutable std::mutex mutex_;  // guards all below
  ContextPtr context_;
  std::chrono::system_clock::time_point until_{};
  Stamp loaded_{};
  Stamp seen_{};
};

}  // namespace rostrum::net
