#include "llhls/catalogue.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace rostrum::llhls {

HttpResponse missing(Caching caching) {
  return refusal(404, "There is nothing of that name (any more).", caching);
}

void Catalogue::add(const std::string& label, Track track, std::shared_ptr<Shelf> shelf) {
  Rendition added{track, std::move(shelf), {}, {}, nullptr, nullptr};
  if (const auto before = renditions_.extract(label)) {
    added.former = std::move(before.mapped().former);
    if (before.mapped().shelf) added.former.push_back(std::move(before.mapped().shelf));
  }
  renditions_.emplace(label, std::move(added));
}

bool Catalogue::remove(const std::string& label, const Shelf* shelf) {
  const auto found = renditions_.find(label);
  if (found == renditions_.end()) return false;
  Rendition& rendition = found->second;
  if (rendition.shelf.get() != shelf) {
    std::erase_if(rendition.former, [&](const auto& each) { return each.get() == shelf; });
    return false;
  }
  if (!rendition.former.empty()) {  // of a label that came and went quickly
    rendition.shelf = std::move(rendition.former.back());
    rendition.former.pop_back();
    return false;
  }
  renditions_.erase(found);
  return true;
}

const Segment* Catalogue::segment(const Rendition& rendition, std::int64_t msn) {
  if (const Segment* found = rendition.shelf->find(msn)) return found;
  for (const auto& former : rendition.former) {
    if (const Segment* found = former->find(msn)) return found;
  }
  return nullptr;
}

const Bytes* Catalogue::init(const Rendition& rendition, std::int64_t number) {
  const int wanted = static_cast<int>(std::min<std::int64_t>(number, INT32_MAX));
  if (const Bytes* found = rendition.shelf->init(wanted)) return found;
  for (const auto& former : rendition.former) {
    if (const Bytes* found = former->init(wanted)) return found;
  }
  return nullptr;
}

std::shared_ptr<const Text> Catalogue::text(std::string plain, std::string etag) const {
  return std::make_shared<const Text>(std::move(plain), std::move(etag), 6 * target_);
}

void Catalogue::publish(const std::string& label, std::string full, std::string delta, const Edge& edge) {
  Rendition& rendition = renditions_.find(label)->second;
  const std::string etag = fmt::format("{}-{}-v{}", token_, label, ++version_);
  const bool whole = delta.empty() || delta == full;
  rendition.full = text(std::move(full), etag);
  rendition.delta = whole ? rendition.full : text(std::move(delta), etag + "-d");
  rendition.edge = edge;
}

bool Catalogue::offer(std::string multivariant) {
  if (multivariant_ && multivariant_->plain() == multivariant) return false;
  multivariant_ = text(std::move(multivariant), fmt::format("{}-v{}", token_, ++multivariant_version_));
  return true;
}

std::size_t Catalogue::bytes() const {
  std::size_t sum = 0;
  for (const auto& [label, rendition] : renditions_) {
    sum += rendition.shelf->bytes();
    for (const auto& former : rendition.former) sum += former->bytes();
  }
  return sum;
}

Outcome Catalogue::decide(const Ask& ask) const {
  if (ask.what == Address::What::multivariant) return index();
  const auto found = renditions_.find(ask.label);
  if (found == renditions_.end()) return missing();
  const Rendition& rendition = found->second;
  if (ask.what == Address::What::playlist) return playlist(rendition, ask);
  if (ask.token != token_) return missing();
  return media(rendition, ask);
}

Outcome Catalogue::index() const {
  if (!multivariant_) return ended_ ? Outcome(missing(Caching::never)) : Outcome(Goal{});
  return Found(multivariant_, Caching::edge);
}

Outcome Catalogue::playlist(const Rendition& rendition, const Ask& ask) const {
  // Apart by what they name: one is asked for all who wait for the same.
  if (!rendition.full)
    return ended_ ? Outcome(missing(Caching::never))
                  : Goal{Goal::What::start, ask.directives.msn.value_or(Goal::no_segment),
                         ask.directives.part.value_or(Goal::whole_segment)};
  const auto& text = ask.directives.skip ? rendition.delta : rendition.full;
  const Edge& edge = rendition.edge;
  // rfc8216bis 6.2.5.2: the directives are ignored once ENDLIST stands.
  if (!ask.directives.msn || edge.ended) return Found(text, Caching::edge);
  const std::int64_t msn = *ask.directives.msn;
  if (edge.too_far(msn, ask.directives.part))
    return refusal(400, "_HLS_msn or _HLS_part is too far ahead of the playlist.", Caching::never);
  if (!edge.holds(msn, ask.directives.part)) {
    if (msn == edge.complete) return Goal{Goal::What::playlist, msn + 1, 0};  // whatever the number past the last part
    return Goal{Goal::What::playlist, msn, ask.directives.part.value_or(Goal::whole_segment)};
  }
  // Near the live edge this is the answer that was waited for, whoever comes for it; what lies far behind is only the newest
  // list.
  if (msn + 2 < edge.complete) return Found(text, Caching::edge);
  return Found(text, Caching::held);
}

std::string Catalogue::tag(const Ask& ask, std::string_view kind, std::int64_t number) const {
  return (token_ + "-" + ask.label).append(kind) + std::to_string(number);
}

Outcome Catalogue::media(const Rendition& rendition, const Ask& ask) const {
  const bool video = rendition.track == Track::video;
  if (ask.what == Address::What::init) {
    const Bytes* init = Catalogue::init(rendition, ask.number);
    return init ? media_answer({*init}, video, tag(ask, "-i", ask.number)) : missing();
  }
  const Segment* segment = Catalogue::segment(rendition, ask.number);
  if (ask.what == Address::What::segment) {
    if (!segment || !segment->complete || segment->gap) return missing();
    std::vector<Bytes> body;
    body.reserve(segment->parts.size());
    for (const Part& part : segment->parts) body.push_back(part.body);
    return media_answer(std::move(body), video, tag(ask, "-", ask.number));
  }
  const auto index = static_cast<std::size_t>(ask.part);
  if (segment && index < segment->parts.size()) {
    const Part& part = segment->parts[index];
    if (part.gap) return missing();
    return media_answer({part.body}, video, tag(ask, "-", ask.number) + "." + std::to_string(ask.part));
  }
  return hinted(rendition, ask) ? Outcome(Goal{Goal::What::part, ask.number, ask.part}) : missing(Caching::never);
}

/// rfc8216bis 6.2.6: what a PRELOAD-HINT may name is waited for: the next part of the open segment or the first of the one
/// after.
bool Catalogue::hinted(const Rendition& rendition, const Ask& ask) const {
  const auto& segments = rendition.shelf->segments();
  if (ended_ || rendition.edge.ended || segments.empty()) return false;
  const Segment& last = segments.back();
  if (ask.number == last.msn + 1) return ask.part == 0;
  return !last.complete && ask.number == last.msn && ask.part == static_cast<std::int64_t>(last.parts.size());
}

Found Catalogue::late(const Ask& ask) const {
  if (ask.what != Address::What::playlist) return missing(Caching::never);
  const auto found = renditions_.find(ask.label);
  if (found == renditions_.end() || !found->second.full) return missing(Caching::never);
  const Rendition& rendition = found->second;
  // The player still has media to play: the present list keeps it going, an error would stop it. rfc8216bis proposes a 503.
  return {ask.directives.skip ? rendition.delta : rendition.full, Caching::never};
}

}  // namespace rostrum::llhls
