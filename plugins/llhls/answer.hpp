// Responses: bodies that are made once and shared, and the headers that let caches carry the load.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include <rostrum/http.hpp>

namespace rostrum::llhls {

/// One version of a playlist. Immutable; compressed at most once, by the first who asks for that. Thread-safe.
class Text {
 public:
  Text(std::string text, std::string etag) : plain_(std::move(text)), etag_(std::move(etag)) {}
  [[nodiscard]] const Bytes& plain() const { return plain_; }
  [[nodiscard]] const Bytes& gzipped() const;
  [[nodiscard]] const std::string& etag() const { return etag_; }

 private:
  Bytes plain_;
  std::string etag_;
  mutable std::once_flag once_;
  mutable Bytes gzipped_;
};

namespace caching {
inline constexpr std::string_view forever = "public, max-age=3600, immutable";  // media: its name is never used again
inline constexpr std::string_view edge = "public, max-age=1";                   // what changes with the next part
inline constexpr std::string_view never = "no-store";
}  // namespace caching

HttpResponse playlist_answer(const Text&, bool gzip, std::string_view caching);
/// `etag` without quotes.
HttpResponse media_answer(std::vector<Bytes> body, bool video, std::string_view etag);
/// A refusal with one line of text.
HttpResponse refusal(int status, std::string_view text, std::string_view caching);

/// Does the request's Accept-Encoding allow gzip?
bool takes_gzip(const HttpRequest&);

}  // namespace rostrum::llhls
