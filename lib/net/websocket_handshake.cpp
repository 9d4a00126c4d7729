#include "net/websocket_handshake.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

#include <openssl/evp.h>

#include "net/http_head.hpp"
#include "net/http_text.hpp"

namespace rostrum::net {
namespace {

constexpr std::string_view key_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 1.3

tl::unexpected<HttpResponse> refuse(int status, std::string_view detail, std::vector<Header> headers = {}) {
  HttpResponse response = HttpResponse::problem(status, reason_of(status), detail);
  for (Header& header : headers) response.headers.push_back(std::move(header));
  return tl::unexpected(std::move(response));
}

// All headers of that name are one list (RFC 9110 5.3).
template <class F>
bool any_element(const HttpRequest& request, std::string_view name, F&& f) {
  for (const Header& header : request.headers) {
    if (!same_word(header.name, name)) continue;
    for (std::string_view list = header.value; !list.empty();) {
      if (f(next_element(list, ','))) return true;
    }
  }
  return false;
}

bool lists(const HttpRequest& request, std::string_view name, std::string_view word) {
  return any_element(request, name, [&](std::string_view element) { return same_word(element, word); });
}

// 4.1: the base64 of 16 bytes: 22 characters, of which the last leaves four bits unused, and "==".
bool is_key(std::string_view key) {
  const auto digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.begin() + 22, digit) &&
         std::string_view("AQgw").find(key[21]) != std::string_view::npos;
}

}  // namespace

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + std::string(key_suffix);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) throw std::runtime_error("no SHA-1");
  std::array<unsigned char, 4 * EVP_MAX_MD_SIZE / 3 + 4> encoded;
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {encoded.begin(), encoded.begin() + length};
}

tl::expected<Handshake, HttpResponse> read_handshake(const HttpRequest& request, const std::vector<std::string>& subprotocols) {
  if (request.method != "GET") return refuse(405, "a WebSocket is opened with GET", {{"Allow", "GET"}});
  if (!lists(request, "Upgrade", "websocket") || !lists(request, "Connection", "upgrade"))
    return refuse(426, "this is a WebSocket", {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}});
  if (request.header("Sec-WebSocket-Version") != "13")  // 4.4
    return refuse(426, "the WebSocket version here is 13",
                  {{"Sec-WebSocket-Version", "13"}, {"Upgrade", "websocket"}, {"Connection", "Upgrade"}});
  const auto keys =
      std::ranges::count_if(request.headers, [](const Header& h) { return same_word(h.name, "Sec-WebSocket-Key"); });
  const std::string_view key = request.header("Sec-WebSocket-Key");
  if (keys != 1 || !is_key(key)) return refuse(400, "Sec-WebSocket-Key is to be 16 bytes in base64, once");
  if (!request.body.empty()) return refuse(400, "a request for a WebSocket has no body");

  Handshake handshake{accept_key(key), {}};
  any_element(request, "Sec-WebSocket-Protocol", [&](std::string_view wish) {
    if (std::ranges::find(subprotocols, wish) == subprotocols.end()) return false;
    handshake.subprotocol = wish;
    return true;
  });
  return handshake;
}

}  // namespace rostrum::net
