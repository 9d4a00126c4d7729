// Both ends of a TLS connection for fuzz_tls_session: a server whose certificate is the same in every run, and a real client of
// OpenSSL over memory. The random numbers are the same in every run, too, so that an input always makes the same records.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "../unit/rtmp/fake_house.hpp"
#include "net/tls_session.hpp"

namespace rostrum::fuzz {

/// While it lives, OpenSSL's random numbers are those of a plain generator that starts anew.
class Repeatable {
 public:
  Repeatable() {
    state() = 1;
    static const RAND_METHOD method{.bytes = fill, .pseudorand = fill, .status = [] { return 1; }};
    RAND_set_rand_method(&method);
  }
  ~Repeatable() { RAND_set_rand_method(nullptr); }
  Repeatable(const Repeatable&) = delete;

 private:
  static std::uint64_t& state() {
    static std::uint64_t numbers = 1;
    return numbers;
  }
  static int fill(unsigned char* out, int size) {
    for (int i = 0; i < size; ++i) {
      state() = state() * 6364136223846793005U + 1442695040888963407U;
      out[i] = static_cast<unsigned char>(state() >> 56);
    }
    return 1;
  }
};

/// Ed25519: its signatures have one length.
class Door {
 public:
  static Door& instance() {
    static Door door;
    return door;
  }
  rtmp::test::FakeMetrics metrics;
  std::shared_ptr<net::TlsServer> server;

  std::uint64_t handshakes(std::string_view result) {
    return metrics.counter("rostrum_tls_handshakes_total", "", {{"door", "https"}, {"result", result}}).value();
  }

 private:
  Door() {
    std::array<unsigned char, 32> secret{};
    secret.fill('s');
    const net::PrivateKeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()));
    const net::X509Ptr certificate(X509_new());
    X509* x = certificate.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "20200101000000Z");
    ASN1_TIME_set_string_X509(X509_getm_notAfter(x), "21000101000000Z");
    X509_set_pubkey(x, key.get());
    if (X509_sign(x, key.get(), nullptr) <= 0) std::abort();
    auto made = net::TlsServer::create({.files = {file([&](BIO* out) { return PEM_write_bio_X509(out, x); }), file([&](BIO* out) {
                                                    return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr,
                                                                                    nullptr);
                                                  })},
                                        .door = "https",
                                        .alpn = {"h2", "http/1.1"}},
                                       metrics);
    if (!made) std::abort();
    server = *std::move(made);
  }

  /// In memory, for as long as the process lives.
  template <class Write>
  static std::string file(Write write_pem) {
    const std::unique_ptr<BIO, net::OpenSslDelete<BIO_free>> bio(BIO_new(BIO_s_mem()));
    char* text = nullptr;
    if (write_pem(bio.get()) != 1) std::abort();
    const long size = BIO_get_mem_data(bio.get(), &text);
    const int memory = memfd_create("pem", MFD_CLOEXEC);
    if (memory < 0 || ::write(memory, text, static_cast<std::size_t>(size)) != size) std::abort();
    return fmt::format("/proc/self/fd/{}", memory);
  }
};

class TlsPeer {
 public:
  struct Wishes {
    int oldest = TLS1_2_VERSION, newest = TLS1_3_VERSION;
    std::string protocols;  // as RFC 7301 3.1 writes them
    bool distrusts = false;
    bool odd_ciphers = false;  // none that the server takes, in TLS 1.2
    bool short_records = false;
    SSL_SESSION* session = nullptr;
  };
  explicit TlsPeer(const Wishes& wishes) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX* context = context_.get();
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, wishes.oldest);
    SSL_CTX_set_max_proto_version(context, wishes.newest);
    SSL_CTX_set1_groups_list(context, "X25519");
    if (wishes.odd_ciphers) SSL_CTX_set_cipher_list(context, "AES128-SHA");
    if (wishes.distrusts) SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (wishes.short_records) SSL_CTX_set_max_send_fragment(context, 512);
    ssl_.reset(SSL_new(context));
    const auto* protocols = reinterpret_cast<const unsigned char*>(wishes.protocols.data());
    if (!wishes.protocols.empty()) SSL_set_alpn_protos(ssl(), protocols, static_cast<unsigned>(wishes.protocols.size()));
    if (wishes.session) SSL_set_session(ssl(), wishes.session);
    SSL_set_bio(ssl(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl());
    SSL_do_handshake(ssl());
  }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
  [[nodiscard]] bool established() const { return SSL_is_init_finished(ssl()) == 1; }

  /// What it has to say since the last time.
  std::string said() {
    char* data = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl()), &data);
    std::string bytes(data, static_cast<std::size_t>(size));
    (void)BIO_reset(SSL_get_wbio(ssl()));
    return bytes;
  }
  /// Plain text, where `wire` makes any whole.
  std::string hear(std::string_view wire) {
    if (!wire.empty()) BIO_write(SSL_get_rbio(ssl()), wire.data(), static_cast<int>(wire.size()));
    std::string plain;
    char block[16384];
    for (;;) {
      ERR_clear_error();
      const int got = SSL_read(ssl(), block, sizeof block);
      if (got <= 0) return plain;
      plain.append(block, static_cast<std::size_t>(got));
    }
  }

 private:
  std::unique_ptr<SSL_CTX, net::OpenSslDelete<SSL_CTX_free>> context_;
  net::SslPtr ssl_;
};

}  // namespace rostrum::fuzz
