#include "net/tls_session.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/core.h>

namespace rostrum::net {
namespace {

constexpr std::size_t record_bytes = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t batch_bytes = 64 << 10;  // sealed, and then sent in one call
constexpr std::size_t sealed_capacity = batch_bytes + 2 * (record_bytes + SSL3_RT_MAX_ENCRYPTED_OVERHEAD);

}  // namespace

// Both ends are memory: nothing here ever blocks, asks for a retry in writing, or raises SIGPIPE as a socket's BIO would.
struct TlsSession::Pipe {
  static TlsSession& of(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

  static int write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
    const auto bytes = std::as_bytes(std::span(data, size));
    auto& out = of(bio).sealed_;
    out.insert(out.end(), bytes.begin(), bytes.end());
    *written = size;
    return 1;
  }
  static int read(BIO* bio, char* data, std::size_t size, std::size_t* got) {
    BIO_clear_retry_flags(bio);
    ByteView& wire = of(bio).wire_;
    *got = std::min(size, wire.size());
    if (*got == 0) {
      BIO_set_retry_read(bio);
      return 0;
    }
    std::memcpy(data, wire.data(), *got);
    wire = wire.subspan(*got);
    return 1;
  }
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "rostrum connection");
      BIO_meth_set_write_ex(m, write);
      BIO_meth_set_read_ex(m, read);
      BIO_meth_set_ctrl(m, control);
      return m;
    }();
    return made;
  }
};

TlsSession::TlsSession(const TlsServer& server, TlsScratch& scratch)
    : server_(server), scratch_(scratch), ssl_(server.make_session()) {
  BIO* bio = BIO_new(Pipe::method());
  if (!ssl_ || !bio) {
    BIO_free(bio);
    ssl_.reset();
    failed_ = true;
    return;
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // the SSL owns it
}

Result<TlsSession::Step> TlsSession::read() {
  if (failed_) return fail(Errc::internal, {}, "TLS has no memory or has failed before");
  ERR_clear_error();  // the queue is the thread's: what others left there would be taken for our own
  if (!established_) {
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) {
      established_ = true;
      server_.count(SSL_session_reused(ssl_.get()) ? TlsServer::Handshake::resumed : TlsServer::Handshake::full);
      return Step{Got::established, {}};
    }
    if (SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ) return Step{};
    server_.count(TlsServer::Handshake::failed);
    return tl::unexpected(failure());
  }
  if (scratch_.plain.empty()) scratch_.plain.resize(record_bytes);
  std::size_t got = 0;
  const int done = SSL_read_ex(ssl_.get(), scratch_.plain.data(), scratch_.plain.size(), &got);
  if (done == 1) return Step{Got::data, ByteView(scratch_.plain).first(got)};
  switch (SSL_get_error(ssl_.get(), done)) {
    case SSL_ERROR_WANT_READ:
      return Step{};
    case SSL_ERROR_ZERO_RETURN:
      return Step{Got::finished, {}};
    default:
      return tl::unexpected(failure());
  }
}

Error TlsSession::failure() {
  failed_ = true;
  const auto code = ERR_peek_error();
  const char* text = ERR_reason_error_string(code);
  ERR_clear_error();
  const std::string what = text ? text : "the bytes make no sense";
  const auto say = [&](Errc kind, std::string_view meaning) {
    return Error{kind, {}, meaning.empty() ? fmt::format("TLS: {}", what) : fmt::format("TLS: {} ({})", meaning, what)};
  };
  switch (ERR_GET_REASON(code)) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return say(Errc::bad_syntax, "the client speaks plain HTTP, and this door is TLS; use https://");
    case SSL_R_WRONG_VERSION_NUMBER:
      return say(Errc::bad_syntax, "the client's first bytes are no TLS");
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
      return say(Errc::unsupported, "the client knows no TLS from 1.2 up");
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return say(Errc::unsupported, "");
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return say(Errc::denied, "the client does not trust the certificate");
    default:
      return say(Errc::bad_syntax, "");
  }
}

// One record's worth, or as many whole records as lie in one piece; what is left of a piece shares its record with what follows.
bool TlsSession::seal(SendQueue& queue) {
  ByteView next = queue.front();
  if (next.size() >= record_bytes) {
    const std::size_t room = batch_bytes - std::min(batch_bytes - 1, sealed_.size());
    next = next.first(std::max<std::size_t>(1, std::min(next.size(), room) / record_bytes) * record_bytes);
  } else if (next.size() < queue.size()) {
    if (scratch_.record.empty()) scratch_.record.resize(record_bytes);
    next = ByteView(scratch_.record).first(queue.peek(scratch_.record));
  }
  ERR_clear_error();
  std::size_t written = 0;
  if (SSL_write_ex(ssl_.get(), next.data(), next.size(), &written) != 1) return false;
  queue.consume(written);
  return true;
}

SendQueue::Sent TlsSession::send(SendQueue& queue, int socket) {
  const bool borrowed = sealed_.empty();
  if (borrowed) {
    scratch_.sealed.reserve(sealed_capacity);
    sealed_.swap(scratch_.sealed);
  }
  auto result = SendQueue::Sent::all;
  const auto to_seal = [&] { return established_ && !failed_ && !finished_ && !queue.empty(); };
  while (result == SendQueue::Sent::all && (!sealed_.empty() || to_seal())) {
    while (to_seal() && sealed_.size() < batch_bytes) {
      if (seal(queue)) continue;
      failed_ = true;
      errno = EPROTO;
      result = SendQueue::Sent::failed;
      break;
    }
    std::size_t sent = 0;
    while (sent < sealed_.size()) {
      const ssize_t count = ::send(socket, sealed_.data() + sent, sealed_.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count >= 0) {
        sent += static_cast<std::size_t>(count);
      } else if (errno != EINTR) {
        if (result == SendQueue::Sent::all)  // sealing has not failed before
          result = errno == EAGAIN || errno == EWOULDBLOCK ? SendQueue::Sent::some : SendQueue::Sent::failed;
        break;
      }
    }
    sealed_.erase(sealed_.begin(), sealed_.begin() + static_cast<std::ptrdiff_t>(sent));
  }
  if (sealed_.empty()) {
    if (borrowed) sealed_.swap(scratch_.sealed);
    sealed_ = {};
  } else if (borrowed) {
    scratch_.sealed = std::exchange(sealed_, std::vector<std::byte>(sealed_.begin(), sealed_.end()));
    scratch_.sealed.clear();
  }
  return result;
}

void TlsSession::finish() {
  if (!established_ || failed_ || std::exchange(finished_, true)) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

std::string_view TlsSession::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace rostrum::net
