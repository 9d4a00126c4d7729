// One HTTP/1.x request at a time out of a byte stream (RFC 9112), strict: what two readers could read in two ways is refused.
#pragma once

#include <memory>
#include <string>

#include <tl/expected.hpp>

#include <rostrum/bytes.hpp>
#include <rostrum/http.hpp>

#include "net/http_origin.hpp"

namespace rostrum::net {

class RequestParser {
 public:
  explicit RequestParser(const HttpLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Reads from the front of `bytes` and says how many it took; what it did not take comes again next time, with more behind it.
  /// Stops after each complete request. 0 = more is needed. At most head_bytes are ever left untaken where more is needed.
  tl::expected<std::size_t, Refusal> feed(ByteView bytes);

  [[nodiscard]] bool in_body() const;  // the head is read, the body is not
  [[nodiscard]] bool complete() const;
  /// Valid once in_body() or complete():
  [[nodiscard]] bool http10() const;
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] bool expects_continue() const;  // and not a byte of the body has come
  /// The request with path, query, headers and body. Only when complete; then `reset` for the next.
  HttpRequest take();
  /// As new; `limits` must outlive what is read from here on.
  void reset(const HttpLimits& limits);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rostrum::net
