// Any bytes, in any pieces: a request, a refusal, or a wish for more, within the limits, and the same whatever the pieces are.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/http_parser.hpp"

using namespace rostrum;
using namespace rostrum::net;

namespace {

constexpr std::size_t head_limit = 512;

// The requests, as text, up to a refusal or the end.
std::string read(ByteView bytes, std::size_t piece) {
  HttpLimits limits;
  limits.head_bytes = head_limit;
  limits.headers = 10;
  limits.body_bytes = 256;
  RequestParser parser(limits);
  std::string seen;
  std::size_t begin = 0;
  for (std::size_t end = 0; end < bytes.size();) {
    end = std::min(bytes.size(), end + piece);
    while (begin < end) {
      const auto used = parser.feed(bytes.subspan(begin, end - begin));
      if (!used) return seen;
      if (*used > end - begin) std::abort();
      begin += *used;
      if (parser.complete()) {
        const HttpRequest request = parser.take();
        if (request.headers.size() > 10 || request.body.size() > 256) std::abort();
        if (request.path != "*" && (!request.path.starts_with('/') || request.path.find("/../") != request.path.npos))
          std::abort();
        seen += request.method + ' ' + request.path + '?' + request.query + '\n';
        for (const Header& header : request.headers) seen += header.name + ':' + header.value + '\n';
        seen += request.body.text();
        seen += parser.http10() ? "1.0" : "1.1";
        seen += parser.keep_alive() ? "keep\n" : "close\n";
        parser.reset(limits);
      } else if (parser.in_body() && parser.expects_continue() && parser.http10()) {
        std::abort();  // RFC 9110 10.1.1: HTTP/1.0 does not know it
      } else if (*used == 0) {
        if (end - begin > head_limit) std::abort();
        break;
      }
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  const std::string whole = read(bytes, SIZE_MAX / 2);
  const std::string dripped = read(bytes, 1);
  // What is wrong may be seen a little earlier or later in pieces (Beast reads a quoted extension past its line's end, where it
  // has that end and more, and then asks for the quote); what is right is the same, request by request.
  if (dripped != whole) std::abort();
  return 0;
}
