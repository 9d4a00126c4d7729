// What a stream offers at the moment, and what a request for it is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "llhls/answer.hpp"
#include "llhls/edge.hpp"
#include "llhls/shelf.hpp"
#include "llhls/waiting.hpp"

namespace rostrum::llhls {

/// What is answered. A playlist's answer is made apart, without the lock, since compressing takes its time.
struct Found {
  std::shared_ptr<const Text> text;  // a playlist; nullptr: `response` is all
  Caching caching = Caching::never;
  HttpResponse response;

  Found(HttpResponse r) : response(std::move(r)) {}  // NOLINT(google-explicit-constructor): a response is an answer
  Found(std::shared_ptr<const Text> t, Caching c) : text(std::move(t)), caching(c) {}
};
/// An answer, or what has to come before there is one.
using Outcome = std::variant<Found, Goal>;

/// "There is nothing of that name (any more)."
HttpResponse missing(Caching caching = Caching::edge);

/// Not thread-safe: its owner's lock guards it, and the shelves in it.
class Catalogue {
 public:
  /// `token` is of the stream's incarnation, `target` its TARGETDURATION.
  Catalogue(std::string token, Duration target) : token_(std::move(token)), target_(target) {}

  /// Takes the place of one that had the label before, its playlist's too. The other's media stays to be had, and none of it has
  /// the name of what is in this one.
  void add(const std::string& label, Track, std::shared_ptr<Shelf>);
  /// The media is not to be had any more; true: nothing is left under the label.
  bool remove(const std::string& label, const Shelf*);
  /// A new version of a rendition's playlist. An empty `delta` is the full text.
  void publish(const std::string& label, std::string full, std::string delta, const Edge&);
  /// A new version of the multivariant playlist; false: it is the same.
  bool offer(std::string multivariant);
  /// Nothing will come any more.
  void end() { ended_ = true; }

  [[nodiscard]] Outcome decide(const Ask&) const;
  /// For who has waited too long: a playlist as it is, or that there is nothing.
  [[nodiscard]] Found late(const Ask&) const;
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Rendition {
    Track track = Track::video;
    std::shared_ptr<Shelf> shelf;
    std::vector<std::shared_ptr<Shelf>> former;  // of those who had the label before
    Edge edge;
    std::shared_ptr<const Text> full, delta;
  };

  [[nodiscard]] Outcome index() const;
  [[nodiscard]] Outcome playlist(const Rendition&, const Ask&) const;
  [[nodiscard]] Outcome media(const Rendition&, const Ask&) const;
  [[nodiscard]] static const Segment* segment(const Rendition&, std::int64_t msn);
  [[nodiscard]] static const Bytes* init(const Rendition&, std::int64_t number);
  [[nodiscard]] bool hinted(const Rendition&, const Ask&) const;
  [[nodiscard]] std::string tag(const Ask&, std::string_view kind, std::int64_t number) const;
  [[nodiscard]] std::shared_ptr<const Text> text(std::string plain, std::string etag) const;

  const std::string token_;
  const Duration target_;
  std::map<std::string, Rendition, std::less<>> renditions_;
  std::shared_ptr<const Text> multivariant_;
  std::uint64_t version_ = 0;  // of all playlists together: a label that comes back must not give out a tag again
  std::uint64_t multivariant_version_ = 0;
  bool ended_ = false;
};

}  // namespace rostrum::llhls
