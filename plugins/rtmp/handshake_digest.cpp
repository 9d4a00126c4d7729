#include "rtmp/handshake_digest.hpp"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace rostrum::rtmp {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view player_key = "Genuine Adobe Flash Player 001";
// The sentence, then 32 bytes that only the second answer's key includes.
constexpr std::string_view server_key =
    "Genuine Adobe Flash Media Server 001"
    "\xf0\xee\xc2\x4a\x80\x68\xbe\xe8\x2e\x00\xd0\xd1\x02\x9e\x7e\x57"
    "\x6e\xec\x5d\x2d\x29\x80\x6f\xab\x93\xb8\xe6\x36\xcf\xeb\x31\xae"sv;
constexpr std::size_t server_sentence = 36;
static_assert(server_key.size() == 68);

Digest hmac(ByteView key, ByteView data) {
  Digest out{};
  unsigned size = digest_bytes;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()), data.size(),
       reinterpret_cast<unsigned char*>(out.data()), &size);
  return out;
}

// Over the packet without the 32 bytes where the digest itself stands.
Digest digest_around(ByteView packet, std::size_t offset, std::string_view key) {
  std::array<std::byte, handshake_bytes - digest_bytes> rest{};
  const auto after = std::copy_n(packet.begin(), offset, rest.begin());
  std::copy(packet.begin() + static_cast<std::ptrdiff_t>(offset + digest_bytes), packet.end(), after);
  return hmac(as_view(key), rest);
}

}  // namespace

std::size_t digest_offset(ByteView packet, Scheme scheme) {
  const std::size_t field = scheme == Scheme::zero ? 8 : 772;
  std::size_t sum = 0;
  for (std::size_t i = 0; i < 4; ++i) sum += std::to_integer<std::size_t>(packet[field + i]);
  return field + 4 + sum % 728;
}

std::optional<Scheme> find_digest(ByteView c1) {
  for (const Scheme scheme : {Scheme::one, Scheme::zero}) {
    const std::size_t offset = digest_offset(c1, scheme);
    const Digest expected = digest_around(c1, offset, player_key);
    if (CRYPTO_memcmp(expected.data(), c1.data() + offset, digest_bytes) == 0) return scheme;
  }
  return std::nullopt;
}

void sign_s1(std::span<std::byte, handshake_bytes> s1, Scheme scheme) {
  const std::size_t offset = digest_offset(s1, scheme);
  const Digest digest = digest_around(s1, offset, server_key.substr(0, server_sentence));
  std::copy(digest.begin(), digest.end(), s1.begin() + static_cast<std::ptrdiff_t>(offset));
}

void sign_s2(std::span<std::byte, handshake_bytes> s2, ByteView c1, Scheme scheme) {
  const Digest key = hmac(as_view(server_key), c1.subspan(digest_offset(c1, scheme), digest_bytes));
  const Digest digest = hmac(key, ByteView(s2).first(handshake_bytes - digest_bytes));
  std::copy(digest.begin(), digest.end(), s2.end() - digest_bytes);
}

}  // namespace rostrum::rtmp
