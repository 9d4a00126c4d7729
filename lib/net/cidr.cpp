#include "net/cidr.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace rostrum::net {
namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool IpAddress::v4() const {
  return std::equal(mapped.begin(), mapped.end(), bytes.begin());
}

bool IpAddress::loopback() const {
  if (v4()) return bytes[12] == 127;
  IpAddress one;
  one.bytes[15] = 1;
  return *this == one;
}

std::string IpAddress::text() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (v4()) {
    inet_ntop(AF_INET, bytes.data() + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  }
  return text;
}

IpAddress IpAddress::prefix(int bits) const {
  IpAddress out = *this;
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(bits - 8 * i, 0, 8);
    out.bytes[static_cast<std::size_t>(i)] &= static_cast<std::uint8_t>(0xff00 >> kept);
  }
  return out;
}

std::optional<IpAddress> parse_address(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  char terminated[INET6_ADDRSTRLEN + 1] = "";
  if (text.empty() || text.size() >= sizeof terminated || text.find('\0') != text.npos) return std::nullopt;
  std::memcpy(terminated, text.data(), text.size());
  IpAddress address;
  if (inet_pton(AF_INET, terminated, address.bytes.data() + 12) == 1) {
    std::copy(mapped.begin(), mapped.end(), address.bytes.begin());
    return address;
  }
  if (inet_pton(AF_INET6, terminated, address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string endpoint_text(const IpAddress& address, std::uint16_t port) {
  const std::string host = address.v4() ? address.text() : '[' + address.text() + ']';
  return host + ':' + std::to_string(port);
}

Result<Network> parse_network(std::string_view text) {
  const auto refuse = [&](std::string_view what) {
    return fail(Errc::bad_param, {}, '"' + std::string(text) + "\" " + std::string(what));
  };
  const std::size_t slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  if (!base) return refuse("is no network; write 10.0.0.0/8 or 2001:db8::/32");
  const int width = base->v4() && text.find(':') == text.npos ? 32 : 128;
  int bits = width;
  if (slash != text.npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 || bits > width)
      return refuse("has no prefix length between 0 and " + std::to_string(width));
  }
  const Network network{*base, bits + 128 - width};
  if (base->prefix(network.bits) != *base)
    return refuse("has bits set beyond its prefix; write " + base->prefix(network.bits).text() + '/' + std::to_string(bits));
  return network;
}

bool contains(const std::vector<Network>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(), [&](const Network& network) { return network.contains(address); });
}

}  // namespace rostrum::net
