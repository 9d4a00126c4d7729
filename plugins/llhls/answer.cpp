#include "llhls/answer.hpp"

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

}  // namespace rostrum::llhls
