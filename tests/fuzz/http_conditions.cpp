// Conditional and range requests on a finished answer. The input is header lines of a request; one that begins with '<' is a
// header of the answer. What comes out is the whole body, a true slice of it, or none.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/http_conditions.hpp"
#include "net/http_text.hpp"

using namespace rostrum;
using namespace rostrum::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  HttpRequest request;
  HttpResponse response;
  response.status = 200;
  response.body = {Bytes(std::string("0123456789")), Bytes(std::string("abcdefghijklmnopqrstuvwxyz"))};
  const std::string whole = "0123456789abcdefghijklmnopqrstuvwxyz";
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const bool answers = line.starts_with('<');
    if (answers) line.remove_prefix(1);
    const auto colon = line.find(':');
    if (colon == line.npos) {
      request.method = line;
      continue;
    }
    (answers ? response.headers : request.headers)
        .push_back({std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
  }
  const HttpResponse out = finish(request, response);
  std::string body;
  for (const Bytes& slice : out.body) body += slice.text();
  switch (out.status) {
    case 200:
      if (body != whole) std::abort();
      break;
    case 206: {
      const std::string_view range = out.header("Content-Range");
      if (!range.starts_with("bytes ") || !range.ends_with("/36")) std::abort();
      const auto first = std::stoul(std::string(range.substr(6)));
      const auto last = std::stoul(std::string(range.substr(range.find('-') + 1)));
      if (first > last || body.empty() || body != whole.substr(first, last - first + 1)) std::abort();
      break;
    }
    case 304:
      if (!body.empty()) std::abort();
      break;
    case 412:
    case 416:
      break;
    default:
      std::abort();
  }
  return 0;
}
