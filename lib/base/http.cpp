#include <rostrum/http.hpp>

#include <algorithm>

#include <fmt/core.h>

#include "base/uri.hpp"
#include "base/utf8.hpp"

namespace rostrum {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

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
    if (same_name(header.name, name)) return header.value;
  }
  return {};
}

std::string HttpRequest::parameter(std::string_view key, bool* found) const {
  auto value = query_value(query, key);
  if (found) *found = value.has_value();
  return value ? *std::move(value) : std::string();
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
