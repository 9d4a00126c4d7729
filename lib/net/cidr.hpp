// Internet addresses and networks ("10.0.0.0/8", "2001:db8::/32") as values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/error.hpp>

namespace rostrum::net {

/// An IPv6 address, or an IPv4 one as its mapped form ::ffff:a.b.c.d: the two ways to write one host compare equal.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  [[nodiscard]] bool v4() const;
  [[nodiscard]] bool loopback() const;  // 127.0.0.0/8, ::1
  [[nodiscard]] std::string text() const;
  /// The first `bits` bits of the mapped form, the rest zero.
  [[nodiscard]] IpAddress prefix(int bits) const;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

/// "192.0.2.1", "2001:db8::1", "[2001:db8::1]"; no zone, no port.
std::optional<IpAddress> parse_address(std::string_view text);

/// "192.0.2.1:80", "[2001:db8::1]:80"
std::string endpoint_text(const IpAddress& address, std::uint16_t port);

struct Network {
  IpAddress base;
  int bits = 128;  // of the mapped form: an IPv4 /8 is 104
  [[nodiscard]] bool contains(const IpAddress& address) const { return address.prefix(bits) == base; }
};

/// "10.0.0.0/8", "2001:db8::/32", or one address. Fails with Errc::bad_param, also where bits are set beyond the prefix.
Result<Network> parse_network(std::string_view text);

bool contains(const std::vector<Network>& networks, const IpAddress& address);

}  // namespace rostrum::net
