#include "llhls/lane.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "llhls/init_segment.hpp"

namespace rostrum::llhls {

Lane::Lane(Rendition rendition, PackagerOptions options, const CutList& cuts, std::shared_ptr<Shelf> shelf, Origin& origin,
           NodeContext& context)
    : packager(rendition.format->track(), options, cuts, *this),
      rendition_(std::move(rendition)),
      part_(options.part),
      origin_(origin),
      context_(context),
      parts_made_(context.metrics().counter("rostrum_llhls_parts_total", "Parts made, of all renditions.")),
      gaps_made_(
          context.metrics().counter("rostrum_llhls_gap_parts_total", "Gap parts made in place of media that did not come.")),
      shelf_(std::move(shelf)),
      format_(rendition_.format) {
  origin_.add(rendition_.label, track(), shelf_);
}

int Lane::format(const FormatPtr& format) {
  format_ = format;
  auto init = make_init_segment(*format);
  if (!init) log(Level::error, "llhls", context_.stream(), rendition_.label + ": " + init.error().what);
  int number = 0;
  origin_.edit([&] {
    number = shelf_->add_init(init ? *init : Bytes());
    if (shelf_->has_open() && std::ranges::all_of(shelf_->segments().back().parts, &Part::gap)) shelf_->set_init(number);
  });
  return number;
}

void Lane::open(Segment segment) {
  origin_.edit([&] { shelf_->open(std::move(segment)); });
}

void Lane::part(Part part) {
  if (part.gap && !std::exchange(in_gap_, true))
    log(Level::warning, "llhls", context_.stream(), rendition_.label + " has nothing to give; players are told of the gap");
  if (!part.gap) in_gap_ = false;
  (part.gap ? gaps_made_ : parts_made_).add();
  origin_.edit([&] { shelf_->add(std::move(part)); });
  ++parts_;
  changed_ = true;
}

void Lane::close() {
  const Duration now = context_.clock().monotonic();
  origin_.edit([&] {
    shelf_->close(now);
    shelf_->purge(now);
  });
  changed_ = true;
}

void Lane::end() {
  packager.end();
  ended_ = changed_ = true;
}

void Lane::shift_dates(Duration by) {
  origin_.edit([&] { shelf_->shift_dates(by); });
}

Duration Lane::part_target() const {
  if (packager.started()) return packager.target_time();
  const std::uint32_t scale = timescale_of(*format_);
  double frame = format_->frame_samples;
  if (track() == Track::video) frame = format_->frame_rate.known() ? scale / format_->frame_rate.value() : 0;
  return TickClock({}, scale).length(llhls::part_target(part_, frame, scale).ticks);
}

Edge Lane::edge() const {
  Edge edge;
  edge.part_target = part_target();
  edge.ended = ended_;
  const auto& segments = shelf_->segments();
  if (segments.empty()) return edge;
  const bool open = !segments.back().complete;
  edge.complete = open ? segments.back().msn - 1 : segments.back().msn;
  if (open) edge.open_parts = static_cast<std::int64_t>(segments.back().parts.size());
  if (const Segment* last = shelf_->find(edge.complete)) edge.complete_parts = static_cast<std::int64_t>(last->parts.size());
  return edge;
}

Report Lane::report() const {
  const Edge now = edge();
  if (now.open_parts > 0) return {rendition_.label, now.complete + 1, now.open_parts - 1};
  return {rendition_.label, now.complete, std::max<std::int64_t>(0, now.complete_parts - 1)};
}

Offer Lane::offer() const {
  const Rates rates = promised(rendition_.bitrate, shelf_->peak(), shelf_->average());
  return {rendition_.label, format_, rates.peak, rates.average, track() == Track::video ? packager.frame_rate() : 0};
}

bool Lane::independent() const {
  const auto& segments = shelf_->segments();
  return std::all_of(segments.begin() + static_cast<std::ptrdiff_t>(shelf_->first_listed()), segments.end(),
                     [](const Segment& segment) { return segment.independent(); });
}

void Lane::publish(PlaylistFacts facts) {
  facts.part_target = part_target();
  facts.ended = ended_;
  facts.next_in_new_segment = packager.fills_segment();
  // Delta updates pay only where something is older than the skip boundary.
  const bool skips = !ended_ && shelf_->listed_time() > 6 * facts.target;
  const Edge now = edge();
  origin_.publish(rendition_.label, media_playlist(*shelf_, facts), skips ? media_playlist(*shelf_, facts, true) : std::string(),
                  now);
  published_msn_ = now.complete;
  changed_ = false;
  published_ = true;
}

}  // namespace rostrum::llhls
