// An HTTP/2 client on nghttp2 over TLS, and one that says any bytes.
#pragma once

#include <nghttp2/nghttp2.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tls_fixture.hpp"

namespace rostrum::net::test {

struct SecureFixture : TlsFixture, HttpFixture {
  explicit SecureFixture(HttpHandler handler, HttpLimits http = {}, Limits limits = {}, int threads = 1)
      : HttpFixture(std::move(handler), http, std::move(limits), threads, server) {}
  using HttpFixture::metrics;
};

struct Http2Answer {
  std::map<std::string, std::string> headers;  // ":status" too
  std::string body;
  bool closed = false;
  std::uint32_t code = 0;  // of RST_STREAM
  bool interim = false;    // a 100 came before
  [[nodiscard]] std::string status() const { return headers.count(":status") ? headers.at(":status") : ""; }
};

/// One thread. Fields: {":method", "GET"}, ...; what a request always has is added.
class Http2Client {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  explicit Http2Client(const std::string& address, std::uint32_t window = 1 << 20, int receive_buffer = 0);
  ~Http2Client() { nghttp2_session_del(session_); }
  Http2Client(const Http2Client&) = delete;

  /// Begins a request; its id. `whole` = false: the body is still to come.
  std::int32_t begin(Fields fields, std::string body = {}, bool whole = true);
  /// Until the stream is closed, or the connection.
  const Http2Answer& wait(std::int32_t id);
  const Http2Answer& ask(const std::string& path, Fields more = {}, std::string body = {});
  void reset(std::int32_t id) { nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL), flush(); }
  /// Reads until `done` holds; false where the connection ended before.
  bool until(const std::function<bool()>& done);
  void flush();
  void frame(std::uint8_t type, std::uint8_t flags, std::int32_t stream, const std::string& payload);
  [[nodiscard]] nghttp2_session* session() { return session_; }
  [[nodiscard]] TlsClient& tls() { return tls_; }

  std::map<std::int32_t, Http2Answer> answers;
  bool goaway = false;
  std::uint32_t goaway_code = 0;
  bool ended = false;

 private:
  struct Upload {
    std::string text;
    std::size_t sent = 0;
    bool whole = true;
  };
  TlsClient tls_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Upload> uploads_;
  Upload next_upload_;
};

/// A frame as it stands on the wire.
std::string http2_frame(std::uint8_t type, std::uint8_t flags, std::int32_t stream, const std::string& payload);
/// The client's connection preface with empty SETTINGS.
std::string http2_preface();

}  // namespace rostrum::net::test
