#include "net/http_parser.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/uri.hpp"
#include "net/http_text.hpp"

namespace rostrum::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;

constexpr std::size_t usual_headers = 8;
constexpr std::size_t first_body_block = 64 << 10;  // what is kept free for a body on the word of a Content-Length alone

std::string_view view_of(beast::string_view text) {
  return {text.data(), text.size()};
}
bool digits_only(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Beast does the grammar; this fills our own values from it, without a container of fields in between.
class Grammar final : public http::basic_parser<true> {
 public:
  explicit Grammar(const HttpLimits& limits) : limits_(limits) {
    header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(limits.head_bytes + 4, UINT32_MAX)));
    body_limit(limits.body_bytes);
    eager(true);
  }

  HttpRequest request;
  std::vector<std::byte> body;
  std::optional<Refusal> refusal;
  bool head_done = false;
  bool body_begun = false;
  bool http10 = false;
  bool expects_continue = false;

  /// What the grammar allows but we do not, once the head is read.
  std::optional<Refusal> check_head() const {
    if (hosts_ > 1 || (hosts_ == 0 && !http10)) return Refusal{400, "HTTP/1.1 needs exactly one Host header"};
    if (!host_fine_) return Refusal{400, "the Host header is no host"};
    // RFC 9112 6.3: one way to tell where the body ends, or a proxy and we may find two different requests in the same bytes.
    if (lengths_ > 1 || !length_fine_) return Refusal{400, "Content-Length must be one plain number"};
    if (codings_ > 0 && (lengths_ > 0 || http10 || codings_ > 1))
      return Refusal{400, "Transfer-Encoding goes with HTTP/1.1, once, and without Content-Length"};
    if (codings_ > 0 && !coding_known_) return Refusal{501, "the only transfer coding here is chunked"};
    if (unknown_expectation_) return Refusal{417, "the only expectation here is 100-continue"};
    return std::nullopt;
  }

 private:
  void refuse(int status, std::string detail, error_code& error) {
    refusal = Refusal{status, std::move(detail)};
    error = http::error::bad_value;
  }

  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       error_code& error) override {
    if (version != 10 && version != 11) return refuse(505, "this server speaks HTTP/1.1", error);
    http10 = version == 10;
    request.method = view_of(method);
    if (request.method == "CONNECT") return refuse(501, "this is no proxy", error);
    set_target(view_of(target), error);
  }

  void set_target(std::string_view target, error_code& error) {
    if (target.size() > limits_.head_bytes / 2) return refuse(414, "the request target is too long", error);
    if (target == "*" && request.method == "OPTIONS") {
      request.path = "*";
      return;
    }
    // RFC 9112 3.2.2: the absolute form must be taken, though only proxies get it.
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (!same_word(target.substr(0, scheme.size()), scheme)) continue;
      target.remove_prefix(scheme.size());
      const std::size_t end = target.find_first_of("/?#");
      if (end == 0) return refuse(400, "an absolute target names a host", error);
      target.remove_prefix(std::min(end, target.size()));
      if (!target.starts_with('/')) return take_target("/" + std::string(target), error);  // no path stands for "/"
      break;
    }
    take_target(target, error);
  }

  void take_target(std::string_view target, error_code& error) {
    auto parsed = rostrum::parse_target(target);
    if (!parsed) return refuse(400, parsed.error().what, error);
    request.path = std::move(parsed->path);
    request.query = std::move(parsed->query);
  }

  void on_field_impl(http::field field, beast::string_view name, beast::string_view value, error_code& error) override {
    if (head_done) return;  // a trailer: nobody asked for it, and it must not pass for a header
    if (request.headers.size() >= limits_.headers)
      return refuse(431, fmt::format("more than {} headers", limits_.headers), error);
    const std::string_view text = view_of(value);
    switch (field) {
      case http::field::host:
        ++hosts_;
        host_fine_ = plausible_host(text);
        break;
      case http::field::content_length:
        ++lengths_;
        length_fine_ = digits_only(text);
        break;
      case http::field::transfer_encoding:
        ++codings_;
        coding_known_ = same_word(text, "chunked");
        break;
      case http::field::expect:
        // RFC 9110 10.1.1: HTTP/1.0 does not know it.
        (same_word(text, "100-continue") ? expects_continue : unknown_expectation_) = !http10;
        break;
      default:
        break;
    }
    if (request.headers.empty()) request.headers.reserve(usual_headers);
    request.headers.push_back({std::string(view_of(name)), std::string(text)});
  }

  void append(beast::string_view bytes) {
    body_begun = true;
    const auto view = as_view(view_of(bytes));
    body.insert(body.end(), view.begin(), view.end());
  }

  void on_header_impl(error_code&) override { head_done = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (length) body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, first_body_block)));
  }
  std::size_t on_body_impl(beast::string_view bytes, error_code&) override {
    append(bytes);
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view extensions, error_code& error) override {
    body_begun = true;
    // Beast lets a line feed stand within quotes. A proxy that takes it for the line's end sees another body than we do.
    if (view_of(extensions).find_first_of("\r\n") != std::string_view::npos)
      refuse(400, "a line break within a chunk's extensions", error);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, error_code&) override {
    append(bytes);
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, beast::string_view, int, error_code&) override {}

  const HttpLimits& limits_;
  int hosts_ = 0;
  int lengths_ = 0;
  int codings_ = 0;
  bool host_fine_ = true;
  bool length_fine_ = true;
  bool coding_known_ = false;
  bool unknown_expectation_ = false;
};

// "GET / HTTP/2.0" is another version; "GET / FTP" is no HTTP.
bool names_a_version(std::string_view line) {
  const std::string_view version = line.size() < 8 ? std::string_view() : line.substr(line.size() - 8);
  return version.starts_with("HTTP/") && digits_only(version.substr(5, 1)) && version[6] == '.' && digits_only(version.substr(7));
}

Refusal refusal_for(error_code error, const Grammar& grammar, std::string_view text) {
  if (grammar.refusal) return *grammar.refusal;
  if (error == http::error::body_limit) return {413, "the body is too large"};
  if (error == http::error::header_limit) return {431, "the head is too large"};
  if (error == http::error::bad_version && names_a_version(text.substr(0, text.find('\r'))))
    return {505, "this server speaks HTTP/1.1"};
  return {400, error.message()};
}

}  // namespace

struct RequestParser::Impl {
  explicit Impl(const HttpLimits& l) : limits(&l) { grammar.emplace(l); }

  /// Bytes of the head with its empty line; 0 = not all there.
  tl::expected<std::size_t, Refusal> find_head_end(std::string_view text) {
    while (scanned < text.size()) {
      const auto* found = static_cast<const char*>(std::memchr(text.data() + scanned, '\n', text.size() - scanned));
      if (!found) {
        scanned = text.size();
        break;
      }
      const auto at = static_cast<std::size_t>(found - text.data());
      // RFC 9112 2.2 lets a reader take a bare LF for a line's end; a proxy in front may not have, so nobody gets to choose.
      if (at == 0 || text[at - 1] != '\r') return tl::unexpected(Refusal{400, "a line of the head ends without CR LF"});
      if (at + 1 == text.size()) {
        scanned = at;  // what follows decides
        break;
      }
      if (text[at + 1] == ' ' || text[at + 1] == '\t') return tl::unexpected(Refusal{400, "a folded header line (RFC 9112 5.2)"});
      if (text[at + 1] == '\r') {
        if (at + 2 == text.size()) {
          scanned = at;
          break;
        }
        if (text[at + 2] == '\n') return at + 3;
      }
      scanned = at + 1;
    }
    return 0;
  }

  Refusal too_long(std::string_view text) const {
    const bool line_unfinished = text.substr(0, limits->head_bytes).find('\n') == text.npos;
    return line_unfinished ? Refusal{414, "the request line is too long"}
                           : Refusal{431, fmt::format("the head is longer than {} bytes", limits->head_bytes)};
  }

  tl::expected<std::size_t, Refusal> feed_head(std::string_view text) {
    // RFC 9112 2.2: an empty line before a request line is skipped; some old clients end a POST with one.
    if (scanned == 0 && empty_lines < 2 && text.starts_with("\r\n")) {
      ++empty_lines;
      return 2;
    }
    if (scanned == 0 && text == "\r") return 0;
    auto end = find_head_end(text);
    if (!end) return end;
    if (*end > limits->head_bytes || (*end == 0 && text.size() > limits->head_bytes)) return tl::unexpected(too_long(text));
    if (*end == 0) return 0;
    auto taken = put(text.substr(0, *end));
    if (!taken) return taken;
    if (auto refused = grammar->check_head()) return tl::unexpected(*std::move(refused));
    return taken;
  }

  tl::expected<std::size_t, Refusal> put(std::string_view text) {
    std::size_t taken = 0;
    while (taken < text.size() && !grammar->is_done()) {
      // A chunk's header line, or the trailers, must fit into what Beast sees at once: so the limit is the same whether they come
      // whole or in pieces.
      const std::string_view seen = text.substr(taken, limits->head_bytes + 1);
      // Beast (1.81, parse_chunk_header) asserts that once it has seen "0 CRLF" five bytes are there, whatever has come by then.
      // An unfinished chunked body always has five more: "0 CRLF CRLF".
      if (grammar->head_done && grammar->chunked() && seen.size() < 5 && seen.front() == '0') break;
      error_code error;
      const std::size_t used = grammar->put(boost::asio::const_buffer(seen.data(), seen.size()), error);
      if (error && error != http::error::need_more) return tl::unexpected(refusal_for(error, *grammar, seen));
      taken += used;
      if (used > 0) continue;
      if (seen.size() > limits->head_bytes) return tl::unexpected(Refusal{400, "a chunk header or trailer is too long"});
      break;
    }
    return taken;
  }

  const HttpLimits* limits;
  std::optional<Grammar> grammar;
  std::size_t scanned = 0;  // bytes of the head in which no end was found
  int empty_lines = 0;
};

RequestParser::RequestParser(const HttpLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

tl::expected<std::size_t, Refusal> RequestParser::feed(ByteView bytes) {
  if (bytes.empty() || complete()) return 0;
  return impl_->grammar->head_done ? impl_->put(as_text(bytes)) : impl_->feed_head(as_text(bytes));
}

bool RequestParser::in_body() const {
  return impl_->grammar->head_done && !complete();
}
bool RequestParser::complete() const {
  return impl_->grammar->is_done();
}
bool RequestParser::http10() const {
  return impl_->grammar->http10;
}
bool RequestParser::keep_alive() const {
  return impl_->grammar->keep_alive();
}
bool RequestParser::expects_continue() const {
  return impl_->grammar->expects_continue && !impl_->grammar->body_begun;
}

HttpRequest RequestParser::take() {
  HttpRequest request = std::move(impl_->grammar->request);
  if (!impl_->grammar->body.empty()) request.body = Bytes(std::move(impl_->grammar->body));
  return request;
}

void RequestParser::reset(const HttpLimits& limits) {
  impl_->limits = &limits;
  impl_->grammar.emplace(limits);
  impl_->scanned = 0;
  impl_->empty_lines = 0;
}

}  // namespace rostrum::net
