#include "tls_fixture.hpp"

#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

namespace rostrum::net::test {
namespace {

using BioPtr = std::unique_ptr<BIO, OpenSslDelete<BIO_free>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Folder::Folder() {
  static std::atomic<int> made{0};
  path_ = std::filesystem::temp_directory_path() / ("rostrum-test-" + std::to_string(getpid()) + "-" + std::to_string(made++));
  std::filesystem::create_directory(path_);
}
Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
void Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name, std::ios::binary | std::ios::trunc) << text;
}

PemPair self_signed(const std::string& name, std::chrono::hours from, std::chrono::hours until) {
  const PrivateKeyPtr key(EVP_EC_gen("P-256"));
  const X509Ptr certificate(X509_new());
  REQUIRE(key);
  X509* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), std::chrono::seconds(from).count());
  X509_gmtime_adj(X509_getm_notAfter(x), std::chrono::seconds(until).count());
  X509_NAME* subject = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  X509_set_issuer_name(x, subject);
  X509_set_pubkey(x, key.get());
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  X509_add_ext(x, names, -1);
  X509_EXTENSION_free(names);
  REQUIRE(X509_sign(x, key.get(), EVP_sha256()) > 0);
  const BioPtr one(BIO_new(BIO_s_mem())), other(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(one.get(), x);
  PEM_write_bio_PrivateKey(other.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(one.get()), text_of(other.get())};
}

TlsFixture::TlsFixture(std::vector<std::string> alpn, const std::string& name) {
  write(self_signed(name));
  auto made = TlsServer::create(
      {.files = {folder.file("cert.pem"), folder.file("key.pem")}, .door = "https", .alpn = std::move(alpn)}, metrics);
  REQUIRE_MESSAGE(made, made.error().message());
  server = *std::move(made);
}

void TlsFixture::write(const PemPair& pair) const {
  folder.write("cert.pem", pair.certificate);
  folder.write("key.pem", pair.key);
}

TlsClient::TlsClient(const std::string& address, const Options& options)
    : context_(SSL_CTX_new(TLS_client_method())), wire_(address, options.receive_buffer) {
  if (options.version != 0) {
    SSL_CTX_set_min_proto_version(context_.get(), options.version);
    SSL_CTX_set_max_proto_version(context_.get(), options.version);
    SSL_CTX_set_security_level(context_.get(), 0);
  }
  ssl_.reset(SSL_new(context_.get()));
  std::string offered;
  for (const std::string& name : options.alpn) offered += static_cast<char>(name.size()) + name;
  if (!offered.empty())
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(offered.data()),
                        static_cast<unsigned>(offered.size()));
  if (options.session) SSL_set_session(ssl_.get(), options.session);
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl_.get());
  for (;;) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    flush();
    if (done == 1) break;
    if (SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ) {
      const char* reason = ERR_reason_error_string(ERR_peek_error());
      error_ = reason ? reason : "?";
      return;
    }
    if (!pull()) {
      error_ = "the server ended it";
      return;
    }
  }
  established_ = true;
}

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsClient::peer_name() const {
  const X509Ptr certificate(SSL_get1_peer_certificate(ssl_.get()));
  char name[64] = "";
  if (certificate) X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
  return name;
}

void TlsClient::flush() {
  BIO* out = SSL_get_wbio(ssl_.get());
  const std::string bytes = text_of(out);
  (void)BIO_reset(out);
  wire_.send(bytes);
}

bool TlsClient::pull() {
  const std::string bytes = wire_.some();
  BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
  return !bytes.empty();
}

void TlsClient::send(std::string_view text) {
  ERR_clear_error();
  SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
  flush();
}

bool TlsClient::more() {
  for (;;) {
    char block[16384];
    ERR_clear_error();
    const int got = SSL_read(ssl_.get(), block, sizeof block);
    flush();
    if (got > 0) {
      buffer_.append(block, static_cast<std::size_t>(got));
      return true;
    }
    if (SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_READ || !pull()) return false;
  }
}

std::string TlsClient::some() {
  if (buffer_.empty()) more();
  return std::exchange(buffer_, {});
}

void TlsClient::say_goodbye() {
  SSL_shutdown(ssl_.get());
  flush();
}

bool TlsClient::renegotiate() {
  ERR_clear_error();
  SSL_renegotiate(ssl_.get());
  for (;;) {
    const int done = SSL_do_handshake(ssl_.get());
    flush();
    if (done == 1) return true;
    if (SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ || !pull()) return false;
  }
}

}  // namespace rostrum::net::test
