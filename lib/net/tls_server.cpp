#include "net/tls_server.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace rostrum::net {
namespace {

// Forward secrecy and an AEAD: what Mozilla's "intermediate" has, without finite-field Diffie-Hellman. None is on HTTP/2's list
// of forbidden ones (RFC 9113 Appendix A).
constexpr const char* ciphers_of_12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
// AES-128 first: a quarter cheaper than AES-256 per byte of video, and nobody breaks either.
constexpr const char* ciphers_of_13 = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";

Error openssl_error(std::string_view place, std::string_view file) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return {Errc::bad_param, std::string(place), fmt::format("{}: {}", file, reason ? reason : "OpenSSL refuses it")};
}

void stamp_file(const std::string& path, std::int64_t* out) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return;  // zeros: gone is a change too
  out[0] = static_cast<std::int64_t>(info.st_dev);
  out[1] = static_cast<std::int64_t>(info.st_ino);
  out[2] = info.st_size;
  out[3] = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
}

}  // namespace

TlsServer::TlsServer(Rules rules, Metrics& metrics)
    : rules_(std::move(rules)),
      expires_(metrics.gauge("rostrum_certificate_expiry_seconds", "When the door's certificate expires, in Unix time.",
                             {{"door", rules_.door}})) {
  for (const std::string& name : rules_.alpn) {
    alpn_.push_back(static_cast<unsigned char>(name.size()));
    alpn_.insert(alpn_.end(), name.begin(), name.end());
  }
  constexpr std::array results{"full", "resumed", "failed"};
  for (std::size_t i = 0; i < results.size(); ++i) {
    handshakes_[i] = &metrics.counter("rostrum_tls_handshakes_total", "TLS handshakes by their result.",
                                      {{"door", rules_.door}, {"result", results[i]}});
  }
}

Result<std::shared_ptr<TlsServer>> TlsServer::create(Rules rules, Metrics& metrics) {
  std::shared_ptr<TlsServer> server(new TlsServer(std::move(rules), metrics));
  if (auto loaded = server->reload(); !loaded) return tl::unexpected(std::move(loaded.error()));
  return server;
}

Result<void> TlsServer::reload() {
  const Stamp before = stamp();  // what changes while it is read is read again
  {
    std::lock_guard lock(mutex_);
    loaded_ = seen_ = before;
  }
  LoadedKeyPair loaded = load_key_pair(rules_.files);
  if (!loaded.pair) {
    const auto wrong = std::ranges::find(loaded.findings, Severity::error, &Error::severity);
    return tl::unexpected(std::move(*wrong));
  }
  const auto until = loaded.pair->until;
  auto context = make_context(std::move(*loaded.pair));
  if (!context) return tl::unexpected(std::move(context.error()));
  expires_.set(std::chrono::duration<double>(until.time_since_epoch()).count());
  std::lock_guard lock(mutex_);
  context_ = std::move(*context);
  until_ = until;
  return {};
}

Result<TlsServer::ContextPtr> TlsServer::make_context(KeyPair pair) {
  ERR_clear_error();
  ContextPtr made(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = made.get();
  if (!context) return tl::unexpected(openssl_error("certificate", "OpenSSL"));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // The server's order, but a client without AES in hardware, which puts ChaCha20 first, gets that.
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // 34 KB less for a connection that waits
  if (SSL_CTX_set_cipher_list(context, ciphers_of_12) != 1 || SSL_CTX_set_ciphersuites(context, ciphers_of_13) != 1)
    return tl::unexpected(openssl_error("certificate", "OpenSSL"));
  // The level of OpenSSL's own configuration decides here how weak a key may be.
  if (SSL_CTX_use_certificate(context, pair.certificate.get()) != 1)
    return tl::unexpected(openssl_error("certificate", rules_.files.certificate));
  for (const X509Ptr& above : pair.chain) {
    if (SSL_CTX_add1_chain_cert(context, above.get()) != 1)
      return tl::unexpected(openssl_error("certificate", rules_.files.certificate));
  }
  if (SSL_CTX_use_PrivateKey(context, pair.key.get()) != 1) return tl::unexpected(openssl_error("key", rules_.files.key));

  // Resumption by tickets alone: no state is kept for clients that may never come back.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context, std::chrono::seconds(TicketKeys::lifetime).count());
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(rules_.door.data()),
                                 static_cast<unsigned>(std::min<std::size_t>(rules_.door.size(), SSL_MAX_SID_CTX_LENGTH)));
  SSL_CTX_set_app_data(context, this);  // its sessions belong to connections that keep the door, and so this
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_key);
  if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(context, choose_protocol, this);
  return made;
}

TlsServer::Stamp TlsServer::stamp() const {
  Stamp now{};
  stamp_file(rules_.files.certificate, now.data());
  stamp_file(rules_.files.key, now.data() + now.size() / 2);
  return now;
}

bool TlsServer::changed() {
  const Stamp now = stamp();
  std::lock_guard lock(mutex_);
  const bool rested = std::exchange(seen_, now) == now;
  return rested && now != loaded_;
}

std::chrono::system_clock::time_point TlsServer::until() const {
  std::lock_guard lock(mutex_);
  return until_;
}

SslPtr TlsServer::make_session() const {
  std::lock_guard lock(mutex_);
  SslPtr ssl(SSL_new(context_.get()));
  if (ssl) SSL_set_accept_state(ssl.get());
  return ssl;
}

void TlsServer::count(Handshake result) const {
  handshakes_[static_cast<std::size_t>(result)]->add();
}

int TlsServer::choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                               unsigned int size, void* self) {
  const auto& ours = static_cast<const TlsServer*>(self)->alpn_;
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, ours.data(), static_cast<unsigned>(ours.size()), offered, size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// 1: go on; 2: good, but give a new ticket; 0: unknown, a full handshake; -1: broken.
int TlsServer::ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                          int sealing) {
  auto& self = *static_cast<TlsServer*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const auto now = Clock::now();
  const auto newest = self.tickets_.current(now);
  const auto key = sealing ? newest : self.tickets_.find({name, std::tuple_size_v<decltype(TicketKeys::Key::name)>}, now);
  if (!key) return sealing ? -1 : 0;
  if (sealing) {
    std::ranges::copy(key->name, name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
  }
  auto secret = *key;
  char digest[] = "SHA256";
  OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret.mac.data(), secret.mac.size()),
                         OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  const auto init = sealing ? EVP_EncryptInit_ex : EVP_DecryptInit_ex;
  const bool done =
      EVP_MAC_CTX_set_params(mac, params) == 1 && init(cipher, EVP_aes_256_cbc(), nullptr, secret.cipher.data(), iv) == 1;
  OPENSSL_cleanse(&secret, sizeof secret);
  if (!done) return -1;
  return sealing || (newest && newest->name == key->name) ? 1 : 2;
}

}  // namespace rostrum::net
