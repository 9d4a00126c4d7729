// TLS in front of a door: what clients may speak, what they may not, and what they get when files change.
#include <doctest/doctest.h>

#include <filesystem>
#include <future>

#include "net/ticket_keys.hpp"
#include "net/tls_session.hpp"
#include "tls_fixture.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

namespace {

struct Secure : TlsFixture, HttpFixture {
  explicit Secure(HttpHandler handler, HttpLimits http = {}, Limits limits = {}, int threads = 1)
      : TlsFixture({"http/1.1"}), HttpFixture(std::move(handler), http, std::move(limits), threads, server) {}
  using HttpFixture::metrics;
  std::uint64_t handshakes(const std::string& result) {
    return TlsFixture::metrics.count("rostrum_tls_handshakes_total{door=https,result=" + result + "}");
  }
};

constexpr std::string_view get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

std::string loaded_text(const std::string& certificate, const std::string& key) {
  std::string text;
  for (const Error& finding : load_key_pair({certificate, key}).findings)
    text += std::string(name_of(finding.code)) + (finding.severity == Severity::warning ? " warning " : " ") + finding.message() +
            '\n';
  return text;
}

}  // namespace

TEST_CASE("tls: requests are answered over TLS 1.2 and 1.3, and the handler knows that they came so") {
  Secure server([](HttpRequest request, HttpReply reply) {
    reply(HttpResponse::text(200, "text/plain", request.client.secure ? "secure" : "plain"));
  });
  for (const auto& [version, name] : {std::pair{TLS1_2_VERSION, "TLSv1.2"}, {TLS1_3_VERSION, "TLSv1.3"}}) {
    TlsClient client(server.address(), {.alpn = {"http/1.1"}, .version = version});
    REQUIRE_MESSAGE(client.established(), client.error());
    CHECK(client.version() == name);
    CHECK(client.protocol() == "http/1.1");
    for (int i = 0; i < 3; ++i) {
      client.send(get);
      CHECK(body(client.answer()) == "secure");
    }
  }
  CHECK(server.handshakes("full") == 2);
}

TEST_CASE("tls: older versions and weak ciphers are refused") {
  Secure server(echo);
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    TlsClient client(server.address(), {.version = version});
    CHECK_FALSE(client.established());
  }
  CHECK(eventually([&] { return server.handshakes("failed") == 2; }));
}

TEST_CASE("tls: a client that offers only other protocols is refused, one that offers none speaks HTTP/1.1") {
  Secure server(echo);
  TlsClient other(server.address(), {.alpn = {"imap"}});
  CHECK_FALSE(other.established());
  CHECK(other.error() == "tlsv1 alert no application protocol");
  TlsClient none(server.address());
  REQUIRE(none.established());
  CHECK(none.protocol().empty());
  none.send(get);
  CHECK(status(none.answer()) == "200");
}

TEST_CASE("tls: a session is resumed by its ticket, and not renegotiated") {
  Secure server(echo);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient first(server.address(), {.version = version});
    first.send(get);
    first.answer();  // in TLS 1.3 the tickets come with it
    const SessionPtr session = first.session();
    CHECK_FALSE(first.resumed());
    TlsClient second(server.address(), {.version = version, .session = session.get()});
    CHECK(second.resumed());
    second.send(get);
    CHECK(status(second.answer()) == "200");
  }
  CHECK(server.handshakes("resumed") == 2);
  TlsClient stubborn(server.address(), {.version = TLS1_2_VERSION});
  REQUIRE(stubborn.established());
  CHECK_FALSE(stubborn.renegotiate());
}

TEST_CASE("tls: tickets outlive a new certificate, and their keys rotate") {
  TicketKeys keys;
  const auto start = Clock::now();
  const auto first = keys.current(start);
  REQUIRE(first);
  CHECK(keys.current(start + 59min)->name == first->name);
  const auto second = keys.current(start + 61min);
  CHECK(second->name != first->name);
  CHECK(keys.find(first->name, start + 2h));
  CHECK_FALSE(keys.find(first->name, start + 3h));
  CHECK(keys.find(second->name, start + 3h));
  CHECK_FALSE(keys.find(std::array<unsigned char, 16>{}, start));

  Secure server(echo);
  TlsClient client(server.address());
  client.send(get);
  client.answer();
  const SessionPtr session = client.session();
  server.write(self_signed("second"));
  REQUIRE(server.server->reload());
  CHECK(TlsClient(server.address(), {.session = session.get()}).resumed());
}

TEST_CASE("tls: an answer of many records comes whole, however slowly it is read") {
  std::string big(3'000'000, 'x');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 23);
  const Bytes shared{std::string(big)};
  Secure server([&](HttpRequest, HttpReply reply) {
    HttpResponse response{200, {{"Content-Type", "video/mp4"}}, {}};
    // Pieces of every size: records are made across their borders.
    for (std::size_t at = 0, size = 1; at < shared.size(); at += size, size = size * 3 % 50021 + 1)
      response.body.push_back(shared.slice(at, size));
    reply(std::move(response));
  });
  TlsClient client(server.address(), {.receive_buffer = 4096});
  client.send(get);
  CHECK(body(client.answer()) == big);
  client.send(get);
  CHECK(body(client.answer()) == big);
}

TEST_CASE("tls: requests in one record, and one request in many, are the same requests") {
  Secure server(echo);
  TlsClient client(server.address());
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(body(client.answer()) == "GET /a?\n");
  CHECK(body(client.answer()) == "GET /b?\n");
  for (const char c : get) client.send({&c, 1});
  CHECK(body(client.answer()) == "GET /a?\n");
  client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" + std::string(500'000, 'u'));
  CHECK(body(client.answer()) == "POST /up?\n" + std::string(500'000, 'u'));
}

TEST_CASE("tls: both sides say goodbye") {
  Secure server(echo);
  SUBCASE("the server, after the last answer") {
    TlsClient client(server.address());
    client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.rest();
    CHECK(client.heard_goodbye());
  }
  SUBCASE("a client that says it after its request is answered first") {
    TlsClient client(server.address());
    client.send(get);
    client.say_goodbye();
    CHECK(status(client.answer()) == "200");
    CHECK(client.ended());
    CHECK(client.heard_goodbye());
  }
  SUBCASE("a drain") {
    TlsClient client(server.address());
    client.send(get);
    client.answer();
    auto drained = std::async(std::launch::async, [&] { server.listener->drain(10s); });
    CHECK(client.ended());
    CHECK(client.heard_goodbye());
  }
}

TEST_CASE("tls: who speaks no TLS is told off by an alert and named in the log") {
  Secure server(echo);
  const Log log;
  auto plain = RawClient(server.address());
  plain.send(get);
  CHECK(plain.rest().find("HTTP/1.1") == std::string::npos);
  CHECK(log.has("the client speaks plain HTTP, and this door is TLS; use https://"));
  auto noise = RawClient(server.address());
  noise.send(std::string(64, '\xff'));
  CHECK(noise.ended());
  CHECK(log.has("the client's first bytes are no TLS"));
  CHECK(eventually([&] { return server.metrics.level("rostrum_connections{door=http}") == 0; }));
  CHECK(server.metrics.count("rostrum_connection_errors_total{door=http,code=bad_syntax}") == 2);
}

TEST_CASE("tls: a handshake has a deadline that trickled bytes do not move") {
  Limits limits;
  limits.handshake = 150ms;
  Secure server(echo, {}, limits);
  const Log log;
  auto mute = RawClient(server.address());
  auto trickler = RawClient(server.address());
  trickler.send("\x16\x03\x01\x02");  // of a record's header of five
  CHECK(mute.ended());
  CHECK(trickler.ended());
  CHECK(log.has("no TLS handshake within 0.15 s"));
}

TEST_CASE("tls: a client that vanishes in the middle leaves nothing behind") {
  Secure server(echo);
  for (int i = 0; i < 20; ++i) {
    TlsClient client(server.address());
    client.send(get);
    if (i % 2 == 0) client.answer();
    client.wire().reset();
  }
  CHECK(eventually([&] { return server.metrics.level("rostrum_connections{door=http}") == 0; }));
}

TEST_CASE("tls: new files serve new connections, and open ones go on") {
  Secure server(echo);
  TlsClient before(server.address());
  before.send(get);
  before.answer();
  CHECK(before.peer_name() == "first");
  CHECK_FALSE(server.server->changed());

  server.write(self_signed("second"));
  CHECK_FALSE(server.server->changed());  // the other file may still be on its way
  CHECK(server.server->changed());
  REQUIRE(server.server->reload());
  CHECK_FALSE(server.server->changed());
  CHECK(TlsClient(server.address()).peer_name() == "second");
  before.send(get);
  CHECK(status(before.answer()) == "200");

  server.folder.write("key.pem", self_signed().key);
  (void)server.server->changed();
  CHECK(server.server->changed());
  const auto broken = server.server->reload();
  REQUIRE_FALSE(broken);
  CHECK(broken.error().where == "key");
  CHECK(broken.error().what.find(" is not the key of the first certificate in ") != std::string::npos);
  CHECK_FALSE(server.server->changed());  // said once, not every time it is asked
  CHECK(TlsClient(server.address()).peer_name() == "second");
}

TEST_CASE("tls: files that are no certificate and key say what they are") {
  const Folder folder;
  const PemPair good = self_signed(), other = self_signed("other"), late = self_signed("late", -48h, -24h),
                early = self_signed("early", 24h);
  const auto put = [&](const std::string& name, const std::string& text) {
    folder.write(name, text);
    return folder.file(name);
  };
  const std::string cert = put("cert.pem", good.certificate), key = put("key.pem", good.key), none = folder.file("none.pem");
  CHECK(loaded_text(cert, key).empty());
  CHECK(loaded_text(none, none) == "not_found certificate: no file " + none + "\nnot_found key: no file " + none + "\n");
  CHECK(loaded_text(key, cert) ==
        "bad_syntax certificate: " + key +
            " holds a private key and no certificate; are certificate and key swapped?\nbad_syntax key: " + cert +
            " holds a certificate and no private key; are certificate and key swapped?\n");
  const std::string foreign = put("other.pem", other.key);
  CHECK(loaded_text(cert, foreign) == "bad_param key: " + foreign + " is not the key of the first certificate in " + cert +
                                          "; the server's own comes first there, those that signed it follow\n");
  CHECK(loaded_text(put("late.pem", late.certificate), put("late-key.pem", late.key)).find("late.pem expired on 20") !=
        std::string::npos);
  CHECK(
      loaded_text(put("early.pem", early.certificate), put("early-key.pem", early.key)).find("early.pem is valid only from 20") !=
      std::string::npos);
  const PemPair soon = self_signed("soon", -1h, 24h * 3);
  const std::string warned = loaded_text(put("soon.pem", soon.certificate), put("soon-key.pem", soon.key));
  CHECK(warned.starts_with("bad_param warning certificate: "));
  CHECK(load_key_pair({folder.file("soon.pem"), folder.file("soon-key.pem")}).pair);
  const std::string torn = put("torn.pem", good.certificate.substr(0, good.certificate.size() / 2));
  CHECK(loaded_text(torn, key) == "bad_syntax certificate: certificate 1 in " + torn + " is broken; write the file again\n");
  const std::string empty = put("empty.pem", "");
  CHECK(loaded_text(cert, empty).find("is no PEM file") != std::string::npos);
  const std::string der = put("der", std::string("\x30\x82\x01\x01", 4));
  CHECK(loaded_text(der, der).find("makes PEM of DER") != std::string::npos);
  CHECK(loaded_text(folder.file(""), key).find("cannot read ") != std::string::npos);
  const std::string locked = put("locked.pem",
                                 "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                 "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgfN3M9U2cmBAICCAAw\n"
                                 "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJmTQh8qZZCZ5fXlKkHZmIAEgZA=\n"
                                 "-----END ENCRYPTED PRIVATE KEY-----\n");
  CHECK(load_key_pair({cert, locked}).findings.size() == 1);
}
