// A conversation over TLS between a client of OpenSSL and a TlsSession behind a socket that holds little, and what both may rely
// on.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "tls_ends.hpp"

namespace rostrum::fuzz {

using net::SendQueue;
using net::TlsSession;

inline constexpr std::size_t most_said = 200'000;          // by either side: enough for several batches
inline constexpr std::size_t most_unsent = 64 << 10 << 1;  // a batch, the records that overshoot it, a handshake

class Conversation {
 public:
  explicit Conversation(const TlsPeer::Wishes& wishes)
      : client(wishes), session_(*Door::instance().server, scratch_), counted_(handshakes()) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets_) != 0) std::abort();
    const int small = 4096;
    setsockopt(sockets_[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  }
  ~Conversation() {
    close(sockets_[0]);
    if (sockets_[1] >= 0) close(sockets_[1]);
  }
  Conversation(const Conversation&) = delete;

  TlsPeer client;
  std::string wire;    // from the client, not yet delivered
  bool honest = true;  // nobody has touched it, and both may be expected to understand each other
  bool ended = false;  // one of them has: nothing more is said

  void client_says(std::size_t size) {
    if (!client.established() || (SSL_get_shutdown(client.ssl()) & SSL_SENT_SHUTDOWN) != 0 || asked_.size() > most_said) return;
    const std::string text = more(asked_.size(), size);
    if (size > 0 && SSL_write(client.ssl(), text.data(), static_cast<int>(size)) > 0) asked_ += text;
  }
  void server_says(std::size_t pieces, std::size_t size) {
    for (; pieces > 0 && !ended && !finished_ && answered_.size() < most_said; --pieces) {
      std::string text = more(answered_.size() + 7, size);
      answered_ += text;
      queue_.push(Bytes(std::move(text)));
    }
    flush();
  }
  void server_finishes() {
    if (!queue_.empty() || ended || finished_) return;
    finished_ = session_.established();
    session_.finish();
    flush();
  }
  void deliver(std::size_t size) {
    const std::string bytes = wire.substr(0, size);
    wire.erase(0, bytes.size());
    if (ended || bytes.empty()) return;
    session_.feed(std::as_bytes(std::span(bytes)));
    while (take_step()) {
    }
    flush();
  }
  void client_reads(std::size_t size, bool bent = false) {
    std::string bytes(size, '\0');
    const ssize_t got = sockets_[1] < 0 ? 0 : recv(sockets_[1], bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (bent && !bytes.empty()) bytes[bytes.size() / 2] ^= 1;
    heard_ += client.hear(bytes);
    moved_ = moved_ || !bytes.empty();
    if (heard_ != answered_.substr(0, heard_.size())) std::abort();
    flush();
  }
  /// A 1.2 client asks for a second handshake. What the first one was its OpenSSL forgets with that.
  void client_begins_anew() {
    honest = false;
    if (!resumed_) resumed_ = SSL_session_reused(client.ssl()) == 1;
    SSL_renegotiate(client.ssl());
    SSL_do_handshake(client.ssl());
  }
  void client_vanishes() {
    honest = false;
    close(std::exchange(sockets_[1], -1));
    flush();
  }
  /// Everything gets where it is going.
  void settle() {
    do {
      moved_ = false;
      wire += client.said();
      moved_ = !wire.empty();
      deliver(wire.size());
      client_reads(1 << 16);
    } while (moved_);
  }
  void judge() {
    if (!honest) return;
    if (ended || !session_.established() || !client.established()) std::abort();
    if (came_ != asked_ || heard_ != answered_ || session_.unsent() != 0) std::abort();
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.ssl(), &name, &size);
    if (session_.protocol() != std::string_view(reinterpret_cast<const char*>(name), size)) std::abort();
    if (finished_ != ((SSL_get_shutdown(client.ssl()) & SSL_RECEIVED_SHUTDOWN) != 0)) std::abort();
  }

 private:
  static std::string more(std::size_t from, std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>((from + i) * 2654435761U >> 13);
    return text;
  }
  static std::array<std::uint64_t, 3> handshakes() {
    Door& door = Door::instance();
    return {door.handshakes("full"), door.handshakes("resumed"), door.handshakes("failed")};
  }
  void judge_count(std::size_t expected) {
    ++counted_[expected];
    if (handshakes() != counted_) std::abort();
  }
  /// Is there more?
  bool take_step() {
    const bool was = session_.established();
    const auto step = session_.read();
    if (!step) {
      if (step.error().what.empty() || session_.read()) std::abort();  // once failed, it stays so
      if (honest) std::abort();
      if (!was) judge_count(2);
      queue_.clear();
      return !(ended = true);
    }
    switch (step->got) {
      case TlsSession::Got::nothing:
        return false;
      case TlsSession::Got::established: {
        const std::string_view name = session_.protocol();
        if (was || !session_.established() || (name != "" && name != "h2" && name != "http/1.1")) std::abort();
        judge_count(resumed_.value_or(SSL_session_reused(client.ssl()) == 1) ? 1 : 0);
        return true;
      }
      case TlsSession::Got::data:
        if (!was || step->plain.empty()) std::abort();
        came_.append(reinterpret_cast<const char*>(step->plain.data()), step->plain.size());
        if (came_ != asked_.substr(0, came_.size())) std::abort();
        return true;
      case TlsSession::Got::finished:
        return false;
    }
    std::abort();
  }
  void flush() {
    const auto sent = session_.send(queue_, sockets_[0]);
    if (sent == SendQueue::Sent::failed && sockets_[1] >= 0) std::abort();
    if (sent == SendQueue::Sent::failed) ended = true;
    if (sent == SendQueue::Sent::all && (session_.unsent() != 0 || (session_.established() && !ended && !queue_.empty())))
      std::abort();
    if (session_.unsent() > most_unsent) std::abort();
  }

  net::TlsScratch scratch_;
  TlsSession session_;
  SendQueue queue_;
  int sockets_[2]{};
  std::array<std::uint64_t, 3> counted_;
  std::string asked_, came_;      // by the client, as the server heard it
  std::string answered_, heard_;  // by the server, as the client heard it
  std::optional<bool> resumed_;   // was the first handshake?
  bool finished_ = false;
  bool moved_ = false;
};

}  // namespace rostrum::fuzz
