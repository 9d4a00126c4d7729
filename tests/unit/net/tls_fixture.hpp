// Certificates made on the spot, and a TLS client on OpenSSL that says exactly what it is told to.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "fixture.hpp"
#include "net/tls_server.hpp"

namespace rostrum::net::test {

/// A folder of its own below the system's temporary one, gone at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  void write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

struct PemPair {
  std::string certificate;
  std::string key;
};
/// Self-signed, for 127.0.0.1.
PemPair self_signed(const std::string& name = "localhost", std::chrono::hours from = std::chrono::hours(-1),
                    std::chrono::hours until = std::chrono::hours(24 * 90));

/// A TlsServer whose files lie in `folder` as cert.pem and key.pem.
struct TlsFixture {
  explicit TlsFixture(std::vector<std::string> alpn = {"h2", "http/1.1"}, const std::string& name = "first");
  void write(const PemPair& pair) const;

  Folder folder;
  TestMetrics metrics;
  std::shared_ptr<TlsServer> server;
};

using SessionPtr = std::unique_ptr<SSL_SESSION, OpenSslDelete<SSL_SESSION_free>>;

class TlsClient final : public TextClient {
 public:
  struct Options {
    std::vector<std::string> alpn;
    int version = 0;                 // TLS1_2_VERSION: only that one; 0: what the library likes best
    SSL_SESSION* session = nullptr;  // to be resumed
    int receive_buffer = 0;
  };
  explicit TlsClient(const std::string& address) : TlsClient(address, Options{}) {}
  TlsClient(const std::string& address, const Options& options);

  [[nodiscard]] bool established() const { return established_; }
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl_.get()); }
  [[nodiscard]] std::string protocol() const;
  [[nodiscard]] std::string peer_name() const;  // the CN of the server's certificate
  [[nodiscard]] bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  [[nodiscard]] SessionPtr session() const { return SessionPtr(SSL_get1_session(ssl_.get())); }
  [[nodiscard]] const std::string& error() const { return error_; }  // why there is no handshake
  [[nodiscard]] bool heard_goodbye() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  void send(std::string_view text) override;
  /// Whatever comes next, as plain text; empty = the end.
  std::string some();
  void say_goodbye();  // close_notify
  bool renegotiate();  // TLS 1.2: is there a second handshake?
  RawClient& wire() { return wire_; }

 private:
  bool more() override;
  void flush();
  bool pull();  // bytes from the wire; false: its end

  std::unique_ptr<SSL_CTX, OpenSslDelete<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, OpenSslDelete<SSL_free>> ssl_;
  RawClient wire_;
  bool established_ = false;
  std::string error_;
};

}  // namespace rostrum::net::test
