// Responses: bodies that are made once and shared, and the headers that let caches carry the load.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <rostrum/http.hpp>
#include <rostrum/media.hpp>

namespace rostrum::llhls {

/// How long a cache may keep an answer.
enum class Caching : std::uint8_t {
  edge,  // what changes with the next part: a second
  held,  // a playlist that was waited for, under the address that named it: while it can be of use
  never,
};

/// One version of a playlist. Immutable; each form of it (compressed, cached in one way or another) is made at most once, by the
/// first who asks for it. Thread-safe.
class Text {
 public:
  /// `etag` without quotes; `hold` is what `Caching::held` says.
  Text(std::string text, std::string etag, Duration hold);
  ~Text();
  [[nodiscard]] std::string_view plain() const { return plain_.text(); }
  [[nodiscard]] const std::string& etag() const { return etag_; }
  [[nodiscard]] HttpResponse answer(bool gzip, Caching) const;

 private:
  struct Form;
  [[nodiscard]] const Bytes& gzipped() const;

  Bytes plain_;
  std::string etag_;
  Duration hold_;
  std::unique_ptr<Form[]> forms_;
  mutable std::once_flag compressed_;
  mutable Bytes gzipped_;
};

/// `etag` without quotes.
HttpResponse media_answer(std::vector<Bytes> body, bool video, std::string_view etag);
/// A refusal with one line of text.
HttpResponse refusal(int status, std::string_view text, Caching);

}  // namespace rostrum::llhls
