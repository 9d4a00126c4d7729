#include "llhls/answer.hpp"

#include <algorithm>

#include <zlib.h>

namespace rostrum::llhls {
namespace {

Bytes gzip(ByteView plain) {
  z_stream stream{};
  constexpr int gzip_window = 15 + 16;  // zlib's way of saying: with a gzip header
  if (deflateInit2(&stream, 6, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::vector<std::byte> out(deflateBound(&stream, plain.size()));
  // zlib declares its input without const and does not write to it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  const std::size_t size = stream.total_out;
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return {};
  out.resize(size);
  out.shrink_to_fit();
  return Bytes(std::move(out));
}

void cross_origin(HttpResponse& response) {
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  response.headers.push_back({"Access-Control-Expose-Headers", "Age, Content-Length, Content-Range, Date, ETag"});
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool equal_without_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

// RFC 9110 12.5.3: "q=0" takes an encoding back.
bool refused(std::string_view parameters) {
  const auto q = parameters.find("q=0");
  return q != std::string_view::npos && parameters.find_first_not_of("0.", q + 2) == std::string_view::npos;
}

std::string quoted(std::string_view tag, std::string_view suffix = {}) {
  std::string text;
  text.reserve(tag.size() + suffix.size() + 2);
  return text.append("\"").append(tag).append(suffix).append("\"");
}

}  // namespace

const Bytes& Text::gzipped() const {
  std::call_once(once_, [this] { gzipped_ = gzip(plain_); });
  return gzipped_;
}

HttpResponse playlist_answer(const Text& text, bool gzip, std::string_view caching) {
  const bool compressed = gzip && !text.gzipped().empty();
  HttpResponse response;
  response.status = 200;
  response.headers.reserve(7);
  response.headers.push_back({"Content-Type", "application/vnd.apple.mpegurl"});
  response.headers.push_back({"Cache-Control", std::string(caching)});
  response.headers.push_back({"ETag", quoted(text.etag(), compressed ? "-gz" : "")});
  response.headers.push_back({"Vary", "Accept-Encoding"});
  if (compressed) response.headers.push_back({"Content-Encoding", "gzip"});
  cross_origin(response);
  response.body.push_back(compressed ? text.gzipped() : text.plain());
  return response;
}

HttpResponse media_answer(std::vector<Bytes> body, bool video, std::string_view etag) {
  HttpResponse response;
  response.status = 200;
  response.headers.reserve(6);
  response.headers.push_back({"Content-Type", video ? "video/mp4" : "audio/mp4"});
  response.headers.push_back({"Cache-Control", std::string(caching::forever)});
  response.headers.push_back({"ETag", quoted(etag)});
  response.headers.push_back({"Accept-Ranges", "bytes"});
  cross_origin(response);
  response.body = std::move(body);
  return response;
}

HttpResponse refusal(int status, std::string_view text, std::string_view caching) {
  HttpResponse response;
  response.status = status;
  response.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
  response.headers.push_back({"Cache-Control", std::string(caching)});
  cross_origin(response);
  response.body.push_back(Bytes(std::string(text) + "\n"));
  return response;
}

bool takes_gzip(const HttpRequest& request) {
  for (const Header& header : request.headers) {
    if (!equal_without_case(header.name, "accept-encoding")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(','), rest.size());
      const std::string_view item = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const auto semicolon = std::min(item.find(';'), item.size());
      if (equal_without_case(trimmed(item.substr(0, semicolon)), "gzip")) return !refused(trimmed(item.substr(semicolon)));
    }
  }
  return false;
}

}  // namespace rostrum::llhls
