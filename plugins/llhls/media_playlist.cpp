#include "llhls/media_playlist.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/core.h>

namespace rostrum::llhls {
namespace {

using Out = std::back_insert_iterator<std::string>;

void head(std::string& text, const Shelf& shelf, const PlaylistFacts& facts, bool independent) {
  const auto& segments = shelf.segments();
  const Segment& first = segments[shelf.first_listed()];
  const auto seconds = facts.target / std::chrono::seconds(1);
  fmt::format_to(Out(text), "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:{}\n", seconds);
  fmt::format_to(Out(text), "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={},HOLD-BACK={},CAN-SKIP-UNTIL={}\n",
                 seconds_text(facts.hold_back, Rounding::up), 3 * seconds, 6 * seconds);
  fmt::format_to(Out(text), "#EXT-X-PART-INF:PART-TARGET={}\n", seconds_text(facts.part_target, Rounding::up));
  fmt::format_to(Out(text), "#EXT-X-MEDIA-SEQUENCE:{}\n", first.msn);
  // A tag in front of the first listed segment counts for that segment, not for what has gone.
  const std::int64_t gone = first.discontinuities - (first.discontinuity ? 1 : 0);
  fmt::format_to(Out(text), "#EXT-X-DISCONTINUITY-SEQUENCE:{}\n", gone);
  if (independent) text += "#EXT-X-INDEPENDENT-SEGMENTS\n";
}

void part_lines(std::string& text, const Segment& segment, const PlaylistFacts& facts) {
  for (std::size_t i = 0; i < segment.parts.size(); ++i) {
    const Part& part = segment.parts[i];
    fmt::format_to(Out(text), "#EXT-X-PART:DURATION={},URI=\"{}-{}.{}.m4s\"", seconds_text(part.duration), facts.token,
                   segment.msn, i);
    if (part.independent) text += ",INDEPENDENT=YES";
    if (part.gap) text += ",GAP=YES";
    text += '\n';
  }
}

}  // namespace

std::string date_text(UtcTime at) {
  // Rounded, since media time is nanoseconds and whole milliseconds come out of it a hair too small.
  const auto ms = (at.time_since_epoch() + std::chrono::microseconds(500)) / std::chrono::milliseconds(1);
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(ms)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string media_playlist(const Shelf& shelf, const PlaylistFacts& facts, bool skip) {
  const auto& segments = shelf.segments();
  const std::size_t begin = shelf.first_listed();
  std::string text;
  if (begin >= segments.size()) return text;
  text.reserve(512 + 160 * (segments.size() - begin) + 96 * 3 * segments.back().parts.size());

  const bool independent = std::all_of(segments.begin() + static_cast<std::ptrdiff_t>(begin), segments.end(),
                                       [](const Segment& segment) { return segment.independent(); });
  head(text, shelf, facts, independent);

  // How far each segment's end is from the end of the playlist decides what is skipped and which parts are listed.
  std::vector<Duration> to_end(segments.size() - begin);
  Duration left{};
  for (std::size_t i = segments.size(); i-- > begin; left += segments[i].duration) to_end[i - begin] = left;

  std::size_t from = begin;
  if (skip && !facts.ended) {
    // rfc8216bis 6.2.5.1 counts from the end of the last whole segment.
    const Duration open = segments.back().complete ? Duration(0) : segments.back().duration;
    while (from < segments.size() && to_end[from - begin] - open > 6 * facts.target) ++from;
    if (from > begin) fmt::format_to(Out(text), "#EXT-X-SKIP:SKIPPED-SEGMENTS={}\n", from - begin);
  }
  int init = -1;
  for (std::size_t i = from; i < segments.size(); ++i) {
    const Segment& segment = segments[i];
    const bool list_parts = !facts.ended && to_end[i - begin] < 3 * facts.target;
    if (segment.parts.empty() && !segment.complete) continue;
    if (segment.discontinuity) text += "#EXT-X-DISCONTINUITY\n";
    if (segment.init != init) fmt::format_to(Out(text), "#EXT-X-MAP:URI=\"{}-init{}.mp4\"\n", facts.token, segment.init);
    init = segment.init;
    fmt::format_to(Out(text), "#EXT-X-PROGRAM-DATE-TIME:{}\n", date_text(segment.utc));
    if (list_parts || !segment.complete) part_lines(text, segment, facts);
    if (!segment.complete) continue;
    if (segment.gap) text += "#EXT-X-GAP\n";
    fmt::format_to(Out(text), "#EXTINF:{},\n{}-{}.m4s\n", seconds_text(segment.duration), facts.token, segment.msn);
  }
  if (facts.ended) {
    text += "#EXT-X-ENDLIST\n";
    return text;
  }
  const Segment& last = segments.back();
  const bool new_segment = last.complete || facts.next_in_new_segment;
  fmt::format_to(Out(text), "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{}-{}.{}.m4s\"\n", facts.token,
                 new_segment ? last.msn + 1 : last.msn, new_segment ? 0 : last.parts.size());
  for (const Report& report : facts.reports)
    fmt::format_to(Out(text), "#EXT-X-RENDITION-REPORT:URI=\"../{}/index.m3u8\",LAST-MSN={},LAST-PART={}\n", report.label,
                   report.msn, report.part);
  return text;
}

}  // namespace rostrum::llhls
