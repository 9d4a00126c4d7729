#include "net/http_conditions.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "net/http_text.hpp"

namespace rostrum::net {
namespace {

std::string_view opaque(std::string_view tag) {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

// RFC 9110 13.1.2: weak comparison.
bool any_matches(std::string_view list, std::string_view tag) {
  while (!list.empty()) {
    const std::string_view element = next_element(list, ',');
    if (element == "*" || (!element.empty() && opaque(element) == opaque(tag))) return true;
  }
  return false;
}

void drop_headers(HttpResponse& response, std::initializer_list<std::string_view> names) {
  response.own_headers();
  std::erase_if(response.headers, [&](const Header& header) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return same_word(name, header.name); });
  });
}

struct Range {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};
enum class Ranged { ignore, satisfied, unsatisfiable };

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// RFC 9110 14.1.2: "bytes=0-499", "bytes=500-", "bytes=-500".
Ranged parse_range(std::string_view text, std::uint64_t size, Range& range) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || !same_word(trim(text.substr(0, equals)), "bytes")) return Ranged::ignore;
  const std::string_view spec = trim(text.substr(equals + 1));
  const std::size_t dash = spec.find('-');
  if (dash == spec.npos || spec.find(',') != spec.npos) return Ranged::ignore;
  const std::string_view from = spec.substr(0, dash);
  const std::string_view to = spec.substr(dash + 1);
  if (from.empty()) {
    const auto suffix = number(to);
    if (!suffix) return Ranged::ignore;
    if (*suffix == 0 || size == 0) return Ranged::unsatisfiable;
    range.count = std::min(*suffix, size);
    range.first = size - range.count;
    return Ranged::satisfied;
  }
  const auto first = number(from);
  const auto last = to.empty() ? std::optional(UINT64_MAX) : number(to);
  if (!first || !last || *last < *first) return Ranged::ignore;
  if (*first >= size) return Ranged::unsatisfiable;
  range = {*first, std::min(*last, size - 1) - *first + 1};
  return Ranged::satisfied;
}

std::vector<Bytes> cut(const std::vector<Bytes>& body, Range range) {
  std::vector<Bytes> out;
  for (const Bytes& slice : body) {
    if (range.count == 0) break;
    if (range.first >= slice.size()) {
      range.first -= slice.size();
      continue;
    }
    out.push_back(slice.slice(static_cast<std::size_t>(range.first), static_cast<std::size_t>(range.count)));
    range.count -= out.back().size();
    range.first = 0;
  }
  return out;
}

// RFC 9110 13.1.1: strong comparison. Headers of the same name are one list.
bool wants_another(const HttpRequest& request, std::string_view tag) {
  bool asked = false;
  for (const Header& header : request.headers) {
    if (!same_word(header.name, "If-Match")) continue;
    asked = true;
    for (std::string_view list = header.value; !list.empty();) {
      const std::string_view element = next_element(list, ',');
      if (element == "*" || (!element.empty() && element == tag && !tag.starts_with("W/"))) return false;
    }
  }
  return asked;
}

HttpResponse not_modified(HttpResponse response) {
  response.status = 304;
  response.body.clear();
  drop_headers(response, {"Content-Type", "Content-Encoding", "Content-Range", "Content-Language"});
  return response;
}

// A problem in the answer's place. What a page needs to be allowed to read it stays.
HttpResponse instead_of(HttpResponse response, HttpResponse problem) {
  drop_headers(response, {"Content-Type", "Content-Encoding", "Content-Language", "Cache-Control", "ETag", "Last-Modified",
                          "Expires", "Accept-Ranges"});
  for (Header& header : response.headers) problem.headers.push_back(std::move(header));
  return problem;
}

HttpResponse failed_condition(HttpResponse response) {
  return instead_of(std::move(response),
                    HttpResponse::problem(412, "Precondition Failed", "what is here now is another version than If-Match names"));
}

HttpResponse unsatisfiable(HttpResponse response, std::uint64_t size) {
  HttpResponse problem = instead_of(
      std::move(response), HttpResponse::problem(416, "Range Not Satisfiable", fmt::format("the answer has {} bytes", size)));
  problem.headers.push_back({"Content-Range", fmt::format("bytes */{}", size)});
  return problem;
}

}  // namespace

HttpResponse finish(const HttpRequest& request, HttpResponse response) {
  const bool get = request.method == "GET";
  if (response.status != 200 || (!get && request.method != "HEAD")) return response;
  const bool asks = !request.headers.empty();
  const std::string etag(asks ? response.header("ETag") : std::string_view());
  if (asks && wants_another(request, etag)) return failed_condition(std::move(response));
  if (!etag.empty()) {
    for (const Header& header : request.headers) {
      if (same_word(header.name, "If-None-Match") && any_matches(header.value, etag)) return not_modified(std::move(response));
    }
  }
  const bool says_ranges = same_word(response.header("Accept-Ranges"), "bytes");
  if (says_ranges && !asks) return response;
  if (!response.header("Content-Encoding").empty()) return response;
  if (!says_ranges && response.header("ETag").empty()) return response;
  if (!says_ranges) response.headers.push_back({"Accept-Ranges", "bytes"});

  const std::string_view wanted = request.header("Range");
  if (!get || wanted.empty()) return response;
  // RFC 9110 13.1.5: strong comparison; a date that we do not compare means the whole.
  const std::string_view condition = request.header("If-Range");
  if (!condition.empty() && (condition != etag || etag.starts_with("W/"))) return response;

  std::uint64_t size = 0;
  for (const Bytes& slice : response.body) size += slice.size();
  Range range;
  switch (parse_range(wanted, size, range)) {
    case Ranged::ignore:
      return response;
    case Ranged::unsatisfiable:
      return unsatisfiable(std::move(response), size);
    case Ranged::satisfied:
      break;
  }
  response.status = 206;
  response.body = cut(response.body, range);
  response.headers.push_back({"Content-Range", fmt::format("bytes {}-{}/{}", range.first, range.first + range.count - 1, size)});
  return response;
}

}  // namespace rostrum::net
