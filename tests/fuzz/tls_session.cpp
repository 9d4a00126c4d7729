// A TLS connection as a script: the first byte says what the client wants, each further one what happens next to the records on
// their way to the server (whole, dripped, cut, bent, swapped, said twice, foreign bytes), to what both sides say, and to how
// much of it is read. Whatever happens to records, each side hears a beginning of what the other said, and all of it where
// nothing did.
#define OPENSSL_SUPPRESS_DEPRECATED  // a generator of random numbers can be put in place only so

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>

#include "tls_conversation.hpp"

using namespace rostrum;
using fuzz::Conversation;
using fuzz::Door;
using fuzz::TlsPeer;

namespace {

/// How long the record at the front is, as it says; all there is where that is no whole one.
std::size_t record(std::string_view wire) {
  if (wire.size() < 5) return wire.size();
  const auto at = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(wire[i])); };
  return std::min(wire.size(), 5 + (at(3) << 8 | at(4)));
}

TlsPeer::Wishes wishes_of(unsigned byte) {
  TlsPeer::Wishes wishes;
  if (byte % 4 == 1) wishes.newest = TLS1_2_VERSION;
  if (byte % 4 == 2) wishes.oldest = TLS1_3_VERSION;
  if (byte % 4 == 3) wishes.oldest = TLS1_VERSION, wishes.newest = TLS1_1_VERSION;
  constexpr std::array<std::string_view, 4> offers{"", "\x8http/1.1", "\x2h2\x8http/1.1", "\x4imap"};
  wishes.protocols = offers[byte / 4 % 4];
  wishes.distrusts = (byte & 16) != 0;
  wishes.odd_ciphers = (byte & 32) != 0;
  wishes.short_records = (byte & 64) != 0;
  return wishes;
}

void play(Conversation& talk, Reader script) {
  while (script.left() > 0) {
    const unsigned what = script.u8();
    std::string& wire = talk.wire += talk.client.said();
    const auto touched = [&] { talk.honest = talk.honest && wire.empty(); };
    switch (what % 16) {
      case 0:
        talk.deliver(wire.size());
        break;
      case 1:
        for (std::size_t left = script.u8(); left > 0 && !wire.empty(); --left) talk.deliver(1);
        break;
      case 2:
        talk.deliver(record(wire));
        break;
      case 3:
        talk.deliver(script.u8());
        break;
      case 4:
        touched();
        if (const std::size_t at = script.u16(); !wire.empty()) wire[at % wire.size()] ^= static_cast<char>(1 << what / 32);
        break;
      case 5:
        touched();
        wire.resize(wire.size() - std::min<std::size_t>(script.u8(), wire.size()));
        break;
      case 6:
        touched();
        std::rotate(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(record(wire)), wire.end());
        break;
      case 7:
        touched();
        wire.insert(0, wire.substr(0, record(wire)));
        break;
      case 8: {
        talk.honest = false;
        const ByteView foreign = script.take(std::min<std::size_t>(script.u8(), script.left()));
        wire.insert(0, reinterpret_cast<const char*>(foreign.data()), foreign.size());
        break;
      }
      case 9:
        talk.client_says(std::size_t{script.u8()} * (what & 16 ? 160U : 1U));
        break;
      case 10:
        talk.server_says(1 + what / 16, std::size_t{script.u8()} * 16);
        break;
      case 11:
        talk.server_says(1, std::size_t{script.u8()} * 700);
        break;
      case 12:
        talk.client_reads(1 + std::size_t{script.u8()} * 64);
        break;
      case 13:
        if (what & 16) {
          SSL_shutdown(talk.client.ssl());
        } else {
          talk.server_finishes();
        }
        break;
      case 14:  // a 1.2 client asks for a second handshake, a 1.3 one for new keys
        if (!talk.client.established()) break;
        if (SSL_version(talk.client.ssl()) == TLS1_2_VERSION) {
          talk.client_begins_anew();
        } else {
          for (unsigned i = 0; i <= what / 16; ++i) {
            SSL_key_update(talk.client.ssl(), SSL_KEY_UPDATE_REQUESTED);
            SSL_do_handshake(talk.client.ssl());
          }
        }
        break;
      case 15:
        if (what == 15) {
          talk.client_vanishes();
        } else if (what == 31) {
          talk.honest = false;
          talk.client_reads(1 << 16, true);
        } else if (what == 47) {
          net::TlsServer& server = *Door::instance().server;
          if (!server.reload() || server.changed() || server.until() < std::chrono::system_clock::now()) std::abort();
        }
        break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Repeatable numbers;
  Reader script(std::as_bytes(std::span(data, size)));
  const unsigned first = script.u8();
  TlsPeer::Wishes wishes = wishes_of(first);
  std::unique_ptr<SSL_SESSION, net::OpenSslDelete<SSL_SESSION_free>> ticket;
  if ((first & 128) != 0 && first % 4 != 3) {
    TlsPeer::Wishes plain = wishes;
    plain.distrusts = plain.odd_ciphers = false;
    plain.protocols.clear();
    Conversation before(plain);
    before.settle();
    before.judge();
    ticket.reset(SSL_get1_session(before.client.ssl()));
    SSL_shutdown(before.client.ssl());  // OpenSSL resumes no session that was torn off
    wishes.session = ticket.get();
  }
  Conversation talk(wishes);
  talk.honest = first % 4 != 3 && first / 4 % 4 != 3 && !wishes.distrusts && !wishes.odd_ciphers;
  play(talk, script);
  talk.settle();
  talk.judge();
  if (talk.honest && ticket && SSL_session_reused(talk.client.ssl()) != 1) std::abort();
  return 0;
}
