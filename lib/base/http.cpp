#include <rostrum/http.hpp>

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/http_fields.hpp"
#include "base/uri.hpp"
#include "base/utf8.hpp"

namespace rostrum {
namespace {

// RFC 8259 7. Text from outside may be no UTF-8; a problem document must be JSON all the same.
std::string json_string(std::string_view text) {
  const bool ascii_only = !is_utf8(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else if (ascii_only && byte >= 0x80) {
      out += "\\ufffd";
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (same_word(header.name, name)) return header.value;
  }
  return {};
}

std::string HttpRequest::parameter(std::string_view key, bool* found) const {
  auto value = query_value(query, key);
  if (found) *found = value.has_value();
  return value ? *std::move(value) : std::string();
}

HttpFields::HttpFields(std::vector<Header> headers) : headers_(std::move(headers)) {
  std::erase_if(headers_, [](const Header& header) { return !goes_out(header) || same_word(header.name, "Upgrade"); });
  for (Header& header : headers_) {
    std::ranges::replace_if(header.value, breaks, ' ');
    append_line(lines_, header);
  }
}

std::string_view HttpResponse::header(std::string_view name) const {
  const auto same = [name](const Header& header) { return same_word(header.name, name); };
  if (shared_headers) {
    const auto found = std::ranges::find_if(shared_headers->headers(), same);
    if (found != shared_headers->headers().end()) return found->value;
  }
  const auto found = std::ranges::find_if(headers, same);
  return found != headers.end() ? std::string_view(found->value) : std::string_view();
}

void HttpResponse::own_headers() {
  if (const auto shared = std::exchange(shared_headers, nullptr))
    headers.insert(headers.begin(), shared->headers().begin(), shared->headers().end());
}

HttpResponse HttpResponse::text(int status, std::string_view content_type, std::string text, std::string_view cache_control) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", std::string(content_type)}, {"Cache-Control", std::string(cache_control)}};
  if (!text.empty()) response.body.emplace_back(std::move(text));
  return response;
}

HttpResponse HttpResponse::problem(int status, std::string_view title, std::string_view detail) {
  return text(status, "application/problem+json",
              fmt::format(R"({{"type":"about:blank","title":{},"status":{},"detail":{}}})", json_string(title), status,
                          json_string(detail)) +
                  '\n');
}

}  // namespace rostrum
