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

/// Headers that many answers have alike: checked and brought to the wire's form once, then shared. Immutable; any thread.
class HttpFields {
 public:
  /// Headers that are the server's own (Date, Content-Length, Connection, Transfer-Encoding) or one connection's (Upgrade), or
  /// whose name is no token (RFC 9110 5.6.2), are left out; CR, LF and NUL in a value become blanks.
  explicit HttpFields(std::vector<Header> headers);
  [[nodiscard]] const std::vector<Header>& headers() const { return headers_; }
  /// As HTTP/1.1 has them (RFC 9112 5): "\r\nName: value" for each.
  [[nodiscard]] std::string_view lines() const { return lines_; }

 private:
  std::vector<Header> headers_;
  std::string lines_;
};

struct HttpResponse {
  int status = 404;
  std::vector<Header> headers;  // without Date, Content-Length, Connection: the server adds those
  std::vector<Bytes> body;      // sent one after the other in one gathered write; shared, never copied
  /// With status 101, in answer to an HTTP/1.1 request that asked for it. A server that cannot hand its connection over answers
  /// 501 in its place.
  std::shared_ptr<const Upgrade> upgrade{};
  /// Go out before `headers`; nullptr = none. Only our own server is given an answer with any: a host's gets all in `headers`.
  std::shared_ptr<const HttpFields> shared_headers{};

  /// The first header of that name (any case), shared or not, or "". Valid until the headers change.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  /// Makes `shared_headers` its own, at the front of `headers`, to be changed.
  void own_headers();
  /// Content-Type, Cache-Control and a text.
  static HttpResponse text(int status, std::string_view content_type, std::string text,
                           std::string_view cache_control = "no-store");
  /// application/problem+json (RFC 9457) with type about:blank.
  static HttpResponse problem(int status, std::string_view title, std::string_view detail);
};

using HttpReply = Reply<HttpResponse>;

}  // namespace rostrum
