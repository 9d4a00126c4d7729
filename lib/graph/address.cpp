#include <arpa/inet.h>

#include <array>
#include <charconv>

#include <fmt/core.h>

#include "base/text.hpp"
#include "graph/doors.hpp"

namespace rostrum::graph {
namespace {

/// 32, 128, or 0 where the text is no address.
unsigned address_bits(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 32;
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return 128;
  return 0;
}

template <class T>
bool number(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// How a wrong bind was probably meant.
std::string meant(std::string_view text) {
  std::uint16_t port = 0;
  const std::size_t colon = text.rfind(':');
  const std::string_view host = colon == text.npos ? std::string_view() : text.substr(0, colon);
  if (!number(colon == text.npos ? text : text.substr(colon + 1), port)) {
    if (const unsigned bits = address_bits(std::string(text)))
      return bits == 32 ? fmt::format("{}:8080", text) : fmt::format("[{}]:8080", text);
    return "address:port, as 0.0.0.0:8080 or [::]:8080";
  }
  if (host.empty() || host == "*") return fmt::format("0.0.0.0:{} for all of IPv4, or [::]:{}", port, port);
  if (host == "localhost") return fmt::format("127.0.0.1:{}", port);
  if (address_bits(std::string(host)) == 128) return fmt::format("[{}]:{}", host, port);
  return "an address of this machine, as 0.0.0.0:8080 or [::]:8080";
}

}  // namespace

Result<Address> parse_bind(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon != text.npos) {
    std::string host(text.substr(0, colon));
    const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (brackets) host = host.substr(1, host.size() - 2);
    if (address_bits(host) == (brackets ? 128u : 32u)) {
      unsigned long port = 0;
      if (number(text.substr(colon + 1), port) && port <= 65'535)
        return Address{std::move(host), static_cast<std::uint16_t>(port)};
      return fail(Errc::bad_param, {},
                  fmt::format("{} is no port; write 1 to 65535, or 0 for any free one", shown(text.substr(colon + 1))));
    }
  }
  return fail(Errc::bad_param, {}, fmt::format("{} is no address to listen on; write {}", shown(text), meant(text)));
}

Result<void> check_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  const unsigned bits = address_bits(std::string(text.substr(0, slash)));
  unsigned length = bits;
  if (bits == 0)
    return fail(Errc::bad_param, {}, fmt::format("{} is no network; write an address and its length: 10.0.0.0/8", shown(text)));
  if (slash != text.npos && (!number(text.substr(slash + 1), length) || length > bits))
    return fail(Errc::bad_param, {}, fmt::format("{} has no good length; write 0 to {} behind the /", shown(text), bits));
  return {};
}

}  // namespace rostrum::graph
