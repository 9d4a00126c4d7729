#include "llhls/packaging.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "llhls/init_segment.hpp"

namespace rostrum::llhls {
namespace {

using namespace std::chrono_literals;

// The first multivariant playlist waits this long for renditions that are behind the first one: players read it once.
constexpr Duration late_rendition = 1s;
// After the publisher has gone, encoders still give what they hold.
constexpr Duration drain = 500ms;
// PART-HOLD-BACK in part durations; what a player begins with (rfc8216bis 4.4.3.8).
constexpr int hold_back_parts = 3;

Duration whole_seconds(Duration time) {
  return (time + 1s - Duration(1)) / 1s * 1s;
}

}  // namespace

Options options_of(const Params& params) {
  Options options;
  options.part = params.duration("part");
  options.segment = params.duration("segment");
  options.window.time = params.duration("window");
  if (options.window.time == Duration(0)) options.window.segments = params.integer("window");
  options.long_gop = params.text("long_gop") == "refuse" ? LongGop::refuse : LongGop::cut;
  options.prft = params.flag("prft");
  return options;
}

Packaging::Packaging(NodeContext& context, Options options)
    : context_(context),
      options_(std::move(options)),
      target_(whole_seconds(options_.segment)),
      cuts_(options_.segment, hold_back_parts * options_.part, options_.long_gop),
      dates_(context.timeline()),
      origin_(std::make_shared<Origin>(OriginOptions{options_.token, target_}, context)) {}

Packaging::~Packaging() {
  origin_->end();
}

UtcTime Packaging::utc(MediaTime t) const {
  return context_.timeline().utc(t).value_or(UtcTime(t));
}

Lane* Packaging::find(int rendition) {
  const auto lane = std::ranges::find_if(lanes_, [&](const auto& each) { return each->rendition().id == rendition; });
  return lane == lanes_.end() ? nullptr : lane->get();
}

bool Packaging::has_video() const {
  return std::ranges::any_of(lanes_, [](const auto& lane) { return lane->track() == Track::video; });
}

void Packaging::add(const Rendition& rendition) {
  if (ended_) return;
  if (auto init = make_init_segment(*rendition.format); !init) {
    log(Level::error, "llhls", context_.stream(), fmt::format("{} is left out: {}", rendition.label, init.error().what));
    return;
  }
  const Numbers next = next_numbers_[rendition.label];
  PackagerOptions options{options_.part, options_.prft, [this](const Cut& cut, MediaTime t) { return dates_.utc(cut, t); },
                          next.msn};
  auto shelf = std::make_shared<Shelf>(Shelf::Limits{options_.window, target_}, next.init);
  auto lane = std::make_unique<Lane>(rendition, std::move(options), cuts_, std::move(shelf), *origin_, context_);
  lane->packager.on_break = [this](MediaTime t) { cuts_.break_at(t); };
  lane->packager.on_late_start = [this](MediaTime t) {
    if (!broken_ && !away_) cuts_.break_at(t);  // else the publisher's next mark is a discontinuity anyway
  };
  if (hold_back_ > Duration(0)) lane->packager.cap_target(hold_back_ / hold_back_parts);
  lanes_.push_back(std::move(lane));
}

void Packaging::remove(int rendition) {
  const auto lane = std::ranges::find_if(lanes_, [&](const auto& each) { return each->rendition().id == rendition; });
  if (lane == lanes_.end()) return;
  (*lane)->end();
  if ((*lane)->published()) publish(**lane);
  // rfc8216bis 6.2.2: who has the last playlist may still play it to its end.
  const Duration kept = (*lane)->listed_time() + 3 * target_;
  Numbers& next = next_numbers_[(*lane)->rendition().label];
  next = {(*lane)->next_init(), std::max(next.msn, (*lane)->packager.msn() + 1)};
  removed_.push_back(std::move(*lane));
  lanes_.erase(lane);
  if (offered_) offer();
  context_.after(kept, [this, rendition] {
    const auto gone = std::ranges::find_if(removed_, [&](const auto& each) { return each->rendition().id == rendition; });
    (*gone)->forget();
    removed_.erase(gone);
  });
}

void Packaging::mark(const Mark& given) {
  if (ended_) return;
  // A source that paused gives its next mark before any horizon: segments end on time all the same.
  if (!given.discontinuity && !broken_ && cuts_.overdue(given.pts)) passed(given.pts - MediaTime(1));
  if (ended_) return;
  Mark mark = given;
  mark.discontinuity = std::exchange(broken_, false) || mark.discontinuity;
  const bool passthrough = std::ranges::any_of(
      lanes_, [](const auto& lane) { return lane->rendition().passthrough && lane->track() == Track::video; });
  // From the wall clock, so that a restarted server or a second origin does not take players back; never 0, which players take
  // for "none" (hls.js 8013).
  const auto now = utc(mark.pts).time_since_epoch();
  cuts_.mark(mark, passthrough, std::max<std::int64_t>(1, now / options_.segment));
}

void Packaging::frame(int rendition, const FramePtr& frame) {
  Lane* lane = find(rendition);
  if (!lane || ended_) return;
  const bool video = has_video();
  const bool leads = !video || lane->track() == Track::video;
  // A frame proves that every mark up to it was given.
  if (leads) passed(frame->pts);
  if (ended_) return;
  lane->packager.frame(frame, !leads);
  publish();
}

void Packaging::horizon(MediaTime t) {
  if (ended_) return;
  passed(t);
  publish();
}

void Packaging::passed(MediaTime t) {
  if (t <= newest_) return;
  newest_ = t;
  if (cuts_.horizon(t) && !std::exchange(warned_, true)) {
    const auto seconds = seconds_text(options_.segment);
    if (cuts_.refused()) {
      log(Level::error, "llhls", context_.stream(),
          fmt::format(
              "no keyframe for {} s, and long_gop is refuse: nothing more is packaged; set the publisher's keyframe interval to "
              "less than {} s, or long_gop: cut",
              seconds, seconds));
      return end();
    }
    log(Level::warning, "llhls", context_.stream(),
        fmt::format("no keyframe for {} s: segments start without one, and players join late; set the publisher's keyframe "
                    "interval to 2 s",
                    seconds));
  }
  for (const auto& lane : lanes_) {
    if (lane->track() == Track::audio) lane->packager.horizon(t);
    lane->packager.pace(t - patience(*lane));
  }
}

// How late a rendition may be before its time is given out as lost. Audio comes with the video it belongs to, and a player
// without it stalls at PART-HOLD-BACK; a re-encoded rung is late by its encoder.
Duration Packaging::patience(const Lane& lane) const {
  return lane.track() == Track::audio ? std::max<Duration>(3 * options_.part, 1s) : std::max<Duration>(4 * options_.part, 2s);
}

bool Packaging::may_offer() {
  const auto ready = [](const auto& lane) { return lane->ready(); };
  const bool video = has_video();
  const auto leads = [&](const auto& lane) { return lane->ready() && (!video || lane->track() == Track::video); };
  if (std::ranges::none_of(lanes_, leads)) return false;
  if (leading_since_ == Duration(0)) leading_since_ = context_.clock().monotonic();
  return std::ranges::all_of(lanes_, ready) || context_.clock().monotonic() - leading_since_ >= late_rendition;
}

void Packaging::publish() {
  if (!offered_) {
    if (!may_offer()) return;
    for (const auto& lane : lanes_)
      hold_back_ = std::max(hold_back_, hold_back_parts * written(lane->part_target(), Rounding::up));
    const Duration later = dates_.renew();
    for (const auto& lane : lanes_) {
      lane->packager.cap_target(hold_back_ / hold_back_parts);
      lane->shift_dates(later);
    }
  }
  bool renew = !offered_;
  for (const auto& lane : lanes_) {
    if (!lane->changed() || !(lane->published() || lane->ready())) continue;
    const bool first = !lane->published();
    const std::int64_t before = lane->published_msn();
    publish(*lane);
    renew = renew || first || lane->published_msn() != before;  // a whole segment more is known of its rate
  }
  if (renew) offer();
  std::int64_t oldest = INT64_MAX;
  for (const auto& lane : lanes_)
    if (lane->packager.started()) oldest = std::min(oldest, lane->packager.msn());
  if (oldest != INT64_MAX) {
    cuts_.forget(oldest);
    dates_.forget(oldest);
  }
}

void Packaging::publish(Lane& lane) {
  PlaylistFacts facts;
  facts.token = options_.token;
  facts.target = target_;
  facts.hold_back = hold_back_;
  for (const auto& other : lanes_)
    if (other.get() != &lane && other->has_media() && (other->published() || other->ready()))
      facts.reports.push_back(other->report());
  lane.publish(std::move(facts));
}

void Packaging::offer() {
  std::vector<Offer> offers;
  bool independent = true;
  for (const auto& lane : lanes_) {
    if (!lane->published()) continue;
    offers.push_back(lane->offer());
    independent = independent && lane->independent();
  }
  if (offers.empty()) return;
  origin_->offer(multivariant_playlist(offers, independent));
  offered_ = true;
}

void Packaging::gap() {
  away_ = true;
  context_.after(drain, [this, pause = ++pauses_] {
    if (!away_ || pause != pauses_ || ended_) return;
    for (const auto& lane : lanes_) lane->packager.pause();
    broken_ = true;
    publish();
  });
}

void Packaging::resume() {
  away_ = false;
}

void Packaging::end() {
  if (std::exchange(ended_, true)) return;
  for (const auto& lane : lanes_) lane->end();
  // Renditions that never got as far as a playlist end without one.
  for (const auto& lane : lanes_)
    if (lane->has_media()) publish(*lane);
  offer();
  origin_->end();
}

void Packaging::handle(const HttpRequest& request, std::string_view rest, HttpReply reply) {
  origin_->handle(request, rest, std::move(reply));
}

}  // namespace rostrum::llhls
