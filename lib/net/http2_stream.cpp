#include "net/http2_stream.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/uri.hpp"
#include "net/http_text.hpp"

namespace rostrum::net {
namespace {

constexpr std::size_t field_overhead = 32;  // RFC 9113 6.5.2

}  // namespace

void Http2Stream::field(std::string_view name, std::string_view value, const HttpLimits& limits) {
  head_bytes_ += name.size() + value.size() + field_overhead;
  ++fields_;
  if (head_bytes_ > limits.head_bytes || fields_ > limits.headers) return;
  if (name == ":method") {
    request_.method = value;
  } else if (name == ":path") {
    target_ = value;
  } else if (name == ":authority") {
    authority_ = value;
  } else if (name == "cookie" && !request_.header(name).empty()) {
    // RFC 9113 8.2.3: clients split it for compression; handlers know one.
    for (Header& header : request_.headers) {
      if (header.name == name) header.value.append("; ").append(value);
    }
  } else if (!name.starts_with(':')) {
    if (request_.headers.empty()) request_.headers.reserve(8);
    request_.headers.push_back({std::string(name), std::string(value)});
  }
}

// nghttp2 has looked at the grammar: which pseudo-fields there are, that names are tokens in lower case, that nothing is about
// the connection. This is what HTTP/1.1's parser looks at too.
std::optional<Refusal> Http2Stream::check_head(const HttpLimits& limits) {
  if (fields_ > limits.headers) return Refusal{431, fmt::format("more than {} headers", limits.headers)};
  if (head_bytes_ > limits.head_bytes) return Refusal{431, fmt::format("the head is longer than {} bytes", limits.head_bytes)};
  if (request_.method == "CONNECT") return Refusal{501, "this is no proxy"};
  const std::string host(request_.header("host"));
  if (authority_.empty()) authority_ = host;
  if (authority_.empty()) return Refusal{400, "a request names its :authority"};
  if ((!host.empty() && !same_word(host, authority_)) || !plausible_host(authority_))
    return Refusal{400, "the :authority is no host, or another than Host"};
  if (host.empty()) request_.headers.push_back({"host", authority_});
  if (target_.size() > limits.head_bytes / 2) return Refusal{414, "the request target is too long"};
  if (target_ == "*" && request_.method == "OPTIONS") {
    request_.path = "*";
  } else {
    auto parsed = parse_target(target_);
    if (!parsed) return Refusal{400, parsed.error().what};
    request_.path = std::move(parsed->path);
    request_.query = std::move(parsed->query);
  }
  const std::string_view length = request_.header("content-length");
  // Longer than any body that is taken: its value does not matter.
  if (length.size() > 18 || (!length.empty() && std::stoull(std::string(length)) > limits.body_bytes))
    return Refusal{413, "the body is too large"};
  if (const std::string_view expected = request_.header("expect"); !expected.empty()) {
    if (!same_word(expected, "100-continue")) return Refusal{417, "the only expectation here is 100-continue"};
    expects_continue_ = true;
  }
  return std::nullopt;
}

HttpRequest Http2Stream::take() {
  HttpRequest request = std::exchange(request_, {});
  if (!body.empty()) request.body = Bytes(std::exchange(body, {}));
  authority_ = {};
  target_ = {};
  return request;
}

}  // namespace rostrum::net
