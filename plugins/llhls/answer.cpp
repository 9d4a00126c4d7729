#include "llhls/answer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/core.h>
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

// Media names are never used again.
constexpr std::string_view forever = "public, max-age=3600, immutable";

std::string text_of(Caching caching, Duration hold) {
  if (caching == Caching::held) return fmt::format("public, max-age={}, immutable", hold / std::chrono::seconds(1));
  return caching == Caching::edge ? "public, max-age=1" : "no-store";
}

// What the house looks for in every answer stands first.
std::shared_ptr<const HttpFields> readable_everywhere(std::vector<Header> headers) {
  headers.insert(headers.begin(), {"Access-Control-Allow-Origin", "*"});
  headers.push_back({"Access-Control-Expose-Headers", "Age, Content-Length, Content-Range, Date, ETag"});
  return std::make_shared<const HttpFields>(std::move(headers));
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

constexpr std::size_t cachings = 3;

}  // namespace

struct Text::Form {
  std::once_flag made;
  std::shared_ptr<const HttpFields> headers;
};

Text::Text(std::string text, std::string etag, Duration hold)
    : plain_(std::move(text)), etag_(std::move(etag)), hold_(hold), forms_(std::make_unique<Form[]>(2 * cachings)) {}
Text::~Text() = default;

const Bytes& Text::gzipped() const {
  std::call_once(compressed_, [this] { gzipped_ = gzip(plain_); });
  return gzipped_;
}

HttpResponse Text::answer(bool wants_gzip, Caching caching) const {
  const bool compressed = wants_gzip && !gzipped().empty();
  Form& form = forms_[static_cast<std::size_t>(caching) + (compressed ? cachings : 0)];
  std::call_once(form.made, [&] {
    form.headers = readable_everywhere({compressed ? Header{"Content-Encoding", "gzip"} : Header{"Accept-Ranges", "bytes"},
                                        {"Content-Type", "application/vnd.apple.mpegurl"},
                                        {"Cache-Control", text_of(caching, hold_)},
                                        {"ETag", quoted(etag_, compressed ? "-gz" : "")},
                                        {"Vary", "Accept-Encoding"}});
  });
  HttpResponse response;
  response.status = 200;
  response.shared_headers = form.headers;
  response.body.push_back(compressed ? gzipped_ : plain_);
  return response;
}

HttpResponse media_answer(std::vector<Bytes> body, bool video, std::string_view etag) {
  const auto alike = [](const char* type) {
    return readable_everywhere({{"Accept-Ranges", "bytes"}, {"Content-Type", type}, {"Cache-Control", std::string(forever)}});
  };
  static const auto of_video = alike("video/mp4"), of_audio = alike("audio/mp4");
  HttpResponse response;
  response.status = 200;
  response.shared_headers = video ? of_video : of_audio;
  response.headers.push_back({"ETag", quoted(etag)});
  response.body = std::move(body);
  return response;
}

HttpResponse refusal(int status, std::string_view text, Caching caching) {
  HttpResponse response;
  response.status = status;
  response.shared_headers =
      readable_everywhere({{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", text_of(caching, {})}});
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
