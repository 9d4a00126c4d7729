#include "rtmp/handshake.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <openssl/rand.h>

namespace rostrum::rtmp {
namespace {

constexpr std::byte rtmp_version{3};

Result<void> check_version(std::byte first) {
  switch (const auto version = std::to_integer<unsigned>(first)) {
    case 3:
      return {};
    case 6:
    case 8:
      return fail(Errc::unsupported, "", fmt::format("RTMPE (version {}) is not offered; publish to rtmps:// instead", version));
    case 0x16:
      return fail(Errc::bad_syntax, "",
                  "these bytes look like TLS, and this door is plain RTMP; publish to rtmp://, or to the rtmps door");
    default:
      return fail(Errc::bad_syntax, "", fmt::format("the first byte is 0x{:02x}, where RTMP has version 3", version));
  }
}

Result<Bytes> greeting(ByteView c1) {
  std::vector<std::byte> out(1 + 2 * handshake_bytes);
  out[0] = rtmp_version;
  const std::span<std::byte, handshake_bytes> s1(out.data() + 1, handshake_bytes);
  const std::span<std::byte, handshake_bytes> s2(out.data() + 1 + handshake_bytes, handshake_bytes);
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data() + 1), 2 * handshake_bytes) != 1)
    return fail(Errc::internal, "", "no random bytes for the handshake");
  std::fill_n(s1.begin(), 8, std::byte{0});  // time 0; a version of 0 says that no digest follows
  if (const auto scheme = find_digest(c1)) {
    constexpr std::array version{std::byte{4}, std::byte{5}, std::byte{0}, std::byte{1}};
    std::copy(version.begin(), version.end(), s1.begin() + 4);
    sign_s1(s1, *scheme);
    sign_s2(s2, c1, *scheme);
  } else {
    std::copy(c1.begin(), c1.end(), s2.begin());
  }
  return Bytes(std::move(out));
}

}  // namespace

Result<Bytes> Handshake::received(ByteView& input) {
  Bytes reply;
  if (!greeted_) {
    const std::size_t taken = std::min(1 + handshake_bytes - first_.size(), input.size());
    first_.insert(first_.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(taken));
    input = input.subspan(taken);
    if (first_.empty()) return reply;
    if (auto version = check_version(first_[0]); !version) return tl::unexpected(version.error());
    if (first_.size() < 1 + handshake_bytes) return reply;
    auto made = greeting(ByteView(first_).subspan(1));
    if (!made) return made;
    reply = *made;
    greeted_ = true;
    first_ = {};
  }
  const std::size_t skipped = std::min(left_, input.size());
  left_ -= skipped;
  input = input.subspan(skipped);
  return reply;
}

}  // namespace rostrum::rtmp
