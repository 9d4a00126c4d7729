// HTTP as values, the same behind our own server and behind a host's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rostrum/bytes.hpp>
#include <rostrum/reply.hpp>

namespace rostrum {

class Connection;  // door.hpp
class Protocol;

struct Header {
  std::string name;  // as sent; compare without case
  std::string value;
};

/// Where a request, publisher or viewer comes from, after trusted proxies were looked through.
struct Client {
  std::string address;  // "203.0.113.9", "2001:db8::1"
  std::uint16_t port = 0;
  std::string user_agent;  // HTTP's header, RTMP's flashVer; may be empty
  bool secure = false;     // came through TLS
  bool loopback = false;   // from this machine, and not forwarded for somebody else
};

struct HttpRequest {
  std::string method = "GET";
  std::string path;   // percent-decoded, normalised; no "." or ".." segment ever reaches a handler
  std::string query;  // as sent, without '?'
  std::vector<Header> headers;
  Bytes body;
  Client client;

  /// The first header of that name (any case), or "".
  [[nodiscard]] std::string_view header(std::string_view name) const;
  /// The first value of a query key, percent-decoded; `found` tells an empty value from none.
  [[nodiscard]] std::string parameter(std::string_view key, bool* found = nullptr) const;
};

/// Makes what speaks on a connection after a 101 (RFC 9110 7.8). Runs once, on the connection's thread.
using Upgrade = std::function<std::unique_ptr<Protocol>(Connection&)>;

struct HttpResponse {
  int status = 404;
  std::vector<Header> headers;  // without Date, Content-Length, Connection: the server adds those
  std::vector<Bytes> body;      // sent one after the other in one gathered write; shared, never copied
  /// With status 101, in answer to an HTTP/1.1 request that asked for it. A server that cannot hand its connection over answers
  /// 501 in its place.
  std::shared_ptr<const Upgrade> upgrade{};
  /// Content-Type, Cache-Control and a text.
  static HttpResponse text(int status, std::string_view content_type, std::string text,
                           std::string_view cache_control = "no-store");
  /// application/problem+json (RFC 9457) with type about:blank.
  static HttpResponse problem(int status, std::string_view title, std::string_view detail);
};

using HttpReply = Reply<HttpResponse>;

}  // namespace rostrum
