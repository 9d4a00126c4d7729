#include "net/http_head.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/http_fields.hpp"

namespace rostrum::net {
namespace {

constexpr std::pair<int, std::string_view> reasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

}  // namespace

// By hand: strftime would speak the host's language.
std::string_view date_now() {
  thread_local std::time_t made_for = -1;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now == made_for) return text;
  made_for = now;
  std::tm utc{};
  gmtime_r(&now, &utc);
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  text = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                     months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text;
}

std::string_view reason_of(int status) {
  const auto* found = std::lower_bound(std::begin(reasons), std::end(reasons), status,
                                       [](const auto& row, int wanted) { return row.first < wanted; });
  return found != std::end(reasons) && found->first == status ? found->second : std::string_view();
}

bool has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

namespace {

Bytes write_head(const HttpResponse& response, std::size_t body_bytes, Persistence persistence) {
  const std::string_view shared = response.shared_headers ? response.shared_headers->lines() : std::string_view();
  std::string head;
  std::size_t size = 160 + shared.size();
  for (const Header& header : response.headers) size += header.name.size() + header.value.size() + 4;
  head.reserve(size);
  const fmt::format_int status(response.status);
  head.append("HTTP/1.1 ").append(status.data(), status.size()) += ' ';
  head.append(reason_of(response.status)).append("\r\nDate: ").append(date_now()).append(shared);
  bool upgrade = false;
  for (const Header& header : response.headers) {
    if (!goes_out(header)) continue;
    upgrade = upgrade || same_word(header.name, "Upgrade");
    append_line(head, header);
  }
  if (has_body(response.status)) {
    const fmt::format_int length(body_bytes);
    head.append("\r\nContent-Length: ").append(length.data(), length.size());
  }
  if (persistence == Persistence::keep_http10) head += "\r\nConnection: keep-alive";
  if (persistence == Persistence::close) head += "\r\nConnection: close";
  if (upgrade) head += "\r\nConnection: Upgrade";  // RFC 9110 7.8: so that no proxy hands it on
  head += "\r\n\r\n";
  return Bytes(std::move(head));
}

// All that a head without headers of its own depends on.
struct Like {
  std::shared_ptr<const HttpFields> shared;
  int status = 0;
  std::size_t body_bytes = 0;
  Persistence persistence = Persistence::keep;
  std::time_t second = 0;
  bool operator==(const Like&) const = default;
};

}  // namespace

Bytes response_head(const HttpResponse& response, std::size_t body_bytes, Persistence persistence) {
  if (!response.shared_headers || !response.headers.empty()) return write_head(response, body_bytes, persistence);
  // Who waited for one playlist is answered alike: thousands within a second, with one head.
  thread_local Like last;
  thread_local Bytes head;
  Like now{response.shared_headers, response.status, body_bytes, persistence, std::time(nullptr)};
  if (now != last) {
    head = write_head(response, body_bytes, persistence);
    last = std::move(now);
  }
  return head;
}

}  // namespace rostrum::net
