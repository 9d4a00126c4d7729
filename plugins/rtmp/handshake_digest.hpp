// The digests by which Flash-era peers prove to each other that they know the same two sentences. No secret and no security:
// some clients only send H.264 to a server that answers them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include <rostrum/bytes.hpp>

namespace rostrum::rtmp {

inline constexpr std::size_t handshake_bytes = 1536;  // C1, S1, C2, S2: RTMP 1.0, 5.2.3 and 5.2.4
inline constexpr std::size_t digest_bytes = 32;
using Digest = std::array<std::byte, digest_bytes>;

/// Where a digest stands: at 12 + (sum of bytes 8..11) % 728, or at 776 + (sum of bytes 772..775) % 728.
enum class Scheme : unsigned char { zero, one };

/// The digest's offset in C1 or S1. `packet` has handshake_bytes.
std::size_t digest_offset(ByteView packet, Scheme);
/// The scheme by which C1 carries a valid digest; nullopt for plain clients. `c1` has handshake_bytes.
std::optional<Scheme> find_digest(ByteView c1);
/// Writes S1's digest where `scheme` wants it.
void sign_s1(std::span<std::byte, handshake_bytes> s1, Scheme);
/// Writes S2's digest, made from C1's, into its last 32 bytes.
void sign_s2(std::span<std::byte, handshake_bytes> s2, ByteView c1, Scheme);

}  // namespace rostrum::rtmp
