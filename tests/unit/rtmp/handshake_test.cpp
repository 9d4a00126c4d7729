// The client's half here is written on its own, from the published description of the digests, with other OpenSSL calls.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "rtmp/handshake.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;

namespace {

using Packet = std::vector<std::byte>;

Packet sha256(ByteView key, ByteView data) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  Packet out(32);
  std::size_t size = 0;
  EVP_MAC_init(context, reinterpret_cast<const unsigned char*>(key.data()), key.size(), params);
  EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(data.data()), data.size());
  EVP_MAC_final(context, reinterpret_cast<unsigned char*>(out.data()), &size, out.size());
  EVP_MAC_CTX_free(context);
  EVP_MAC_free(mac);
  REQUIRE(size == 32);
  return out;
}

const std::string player = "Genuine Adobe Flash Player 001";
const std::string server = "Genuine Adobe Flash Media Server 001";
const unsigned char tail[] = {0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57,
                              0x6e, 0xec, 0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab, 0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae};

std::size_t place(const Packet& packet, std::size_t field) {
  std::size_t sum = 0;
  for (std::size_t i = field; i < field + 4; ++i) sum += static_cast<std::uint8_t>(packet[i]);
  return sum % 728 + field + 4;
}

Packet without(const Packet& packet, std::size_t at) {
  Packet rest(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(at));
  rest.insert(rest.end(), packet.begin() + static_cast<std::ptrdiff_t>(at) + 32, packet.end());
  return rest;
}

Packet part(const Packet& packet, std::size_t at, std::size_t size) {
  return {packet.begin() + static_cast<std::ptrdiff_t>(at), packet.begin() + static_cast<std::ptrdiff_t>(at + size)};
}

Packet random_packet(unsigned seed) {
  std::mt19937 random(seed);
  Packet packet(1536);
  for (std::byte& byte : packet) byte = static_cast<std::byte>(random());
  return packet;
}

Packet signed_c1(unsigned seed, std::size_t field) {
  Packet c1 = random_packet(seed);
  const std::size_t at = place(c1, field);
  const Packet digest = sha256(as_view(player), without(c1, at));
  std::copy(digest.begin(), digest.end(), c1.begin() + static_cast<std::ptrdiff_t>(at));
  return c1;
}

Packet greet(Handshake& handshake, const Packet& c1) {
  Packet input{std::byte{3}};
  input.insert(input.end(), c1.begin(), c1.end());
  ByteView view = input;
  auto reply = handshake.received(view);
  REQUIRE(reply.has_value());
  CHECK(view.empty());
  REQUIRE(reply->size() == 3073);
  CHECK(reply->view()[0] == std::byte{3});
  return {reply->view().begin(), reply->view().end()};
}

}  // namespace

TEST_CASE("rtmp: a signed C1 of either scheme gets an S1 and an S2 that the client can verify") {
  for (const std::size_t field : {std::size_t{8}, std::size_t{772}}) {
    for (unsigned seed = 1; seed < 20; ++seed) {
      CAPTURE(field);
      CAPTURE(seed);
      const Packet c1 = signed_c1(seed, field);
      Handshake handshake;
      const Packet reply = greet(handshake, c1);
      const Packet s1 = part(reply, 1, 1536);
      const Packet s2 = part(reply, 1537, 1536);
      const std::size_t at = place(s1, field);
      CHECK(part(s1, at, 32) == sha256(as_view(server), without(s1, at)));
      CHECK(part(s1, 4, 4) != Packet(4));

      Packet whole_key(as_view(server).begin(), as_view(server).end());
      for (const unsigned char byte : tail) whole_key.push_back(std::byte{byte});
      const Packet key = sha256(whole_key, part(c1, place(c1, field), 32));
      CHECK(part(s2, 1504, 32) == sha256(key, part(s2, 0, 1504)));
    }
  }
}

TEST_CASE("rtmp: a C1 without a valid digest is echoed") {
  Packet c1 = random_packet(7);
  Handshake handshake;
  const Packet reply = greet(handshake, c1);
  CHECK(part(reply, 1537, 1536) == c1);
  CHECK(part(reply, 1 + 4, 4) == Packet(4));

  Packet forged = signed_c1(8, 772);
  forged[1000] ^= std::byte{1};
  Handshake second;
  CHECK(part(greet(second, forged), 1537, 1536) == forged);
}

TEST_CASE("rtmp: the handshake goes on byte by byte, takes any C2 and leaves what follows") {
  const Packet c1 = signed_c1(3, 8);
  Packet input{std::byte{3}};
  input.insert(input.end(), c1.begin(), c1.end());
  const Packet c2 = random_packet(99);
  input.insert(input.end(), c2.begin(), c2.end());
  Handshake handshake;
  std::size_t sent = 0;
  for (const std::byte& byte : input) {
    CHECK(!handshake.done());
    ByteView one(&byte, 1);
    auto reply = handshake.received(one);
    REQUIRE(reply.has_value());
    sent += reply->size();
  }
  CHECK(handshake.done());
  CHECK(sent == 3073);

  Handshake at_once;
  input.push_back(std::byte{0xAB});
  ByteView view = input;
  REQUIRE(at_once.received(view).has_value());
  CHECK(at_once.done());
  CHECK(view.size() == 1);
}

TEST_CASE("rtmp: other first bytes are refused, each with what to do") {
  const auto text = [](unsigned char first) {
    const std::byte byte{first};
    ByteView view(&byte, 1);
    Handshake handshake;
    const auto reply = handshake.received(view);
    REQUIRE(!reply.has_value());
    return reply.error().what;
  };
  CHECK(text(6) == "RTMPE (version 6) is not offered; publish to rtmps:// instead");
  CHECK(text(8) == "RTMPE (version 8) is not offered; publish to rtmps:// instead");
  CHECK(text(0x16) == "these bytes look like TLS, and this door is plain RTMP; publish to rtmp://, or to the rtmps door");
  CHECK(text('G') == "the first byte is 0x47, where RTMP has version 3");
}
