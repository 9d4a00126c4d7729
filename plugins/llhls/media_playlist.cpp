#include "llhls/media_playlist.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace rostrum::llhls {
namespace {

// Written with each part of each rendition, whoever watches: fmt::format_to took three times as long.
void put(std::string& text, std::string_view piece) {
  text += piece;
}
void put(std::string& text, std::int64_t number) {
  std::array<char, 24> digits{};
  text.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}
// With leading zeros.
void put_padded(std::string& text, std::int64_t number, std::size_t width) {
  text.append(width, '0');
  for (std::size_t i = text.size(); width-- > 0; number /= 10) text[--i] = static_cast<char>('0' + number % 10);
}

void put(std::string& text, UtcTime at) {
  // Rounded, since media time is nanoseconds and whole milliseconds come out of it a hair too small.
  const auto ms = (at.time_since_epoch() + std::chrono::microseconds(500)) / std::chrono::milliseconds(1);
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(ms)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  put_padded(text, static_cast<int>(date.year()), 4);
  const auto field = [&](char before, std::int64_t number, std::size_t width) {
    text += before;
    put_padded(text, number, width);
  };
  field('-', static_cast<unsigned>(date.month()), 2);
  field('-', static_cast<unsigned>(date.day()), 2);
  field('T', clock.hours().count(), 2);
  field(':', clock.minutes().count(), 2);
  field(':', clock.seconds().count(), 2);
  field('.', clock.subseconds().count(), 3);
  text += 'Z';
}

template <class... Pieces>
void write(std::string& text, const Pieces&... pieces) {
  (put(text, pieces), ...);
}

void head(std::string& text, const Shelf& shelf, const PlaylistFacts& facts, bool independent) {
  const auto& segments = shelf.segments();
  const Segment& first = segments[shelf.first_listed()];
  const auto seconds = facts.target / std::chrono::seconds(1);
  write(text, "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:", seconds, "\n");
  write(text, "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=", seconds_text(facts.hold_back, Rounding::up),
        ",HOLD-BACK=", 3 * seconds, ",CAN-SKIP-UNTIL=", 6 * seconds, "\n");
  write(text, "#EXT-X-PART-INF:PART-TARGET=", seconds_text(facts.part_target, Rounding::up), "\n");
  write(text, "#EXT-X-MEDIA-SEQUENCE:", first.msn, "\n");
  // A tag in front of the first listed segment counts for that segment, not for what has gone.
  const std::int64_t gone = first.discontinuities - (first.discontinuity ? 1 : 0);
  write(text, "#EXT-X-DISCONTINUITY-SEQUENCE:", gone, "\n");
  if (independent) text += "#EXT-X-INDEPENDENT-SEGMENTS\n";
}

void part_lines(std::string& text, const Segment& segment, const PlaylistFacts& facts) {
  for (std::size_t i = 0; i < segment.parts.size(); ++i) {
    const Part& part = segment.parts[i];
    write(text, "#EXT-X-PART:DURATION=", seconds_text(part.duration), ",URI=\"", facts.token, "-", segment.msn, ".",
          static_cast<std::int64_t>(i), ".m4s\"");
    if (part.independent) text += ",INDEPENDENT=YES";
    if (part.gap) text += ",GAP=YES";
    text += '\n';
  }
}

}  // namespace

std::string date_text(UtcTime at) {
  std::string text;
  put(text, at);
  return text;
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
    if (from > begin) write(text, "#EXT-X-SKIP:SKIPPED-SEGMENTS=", static_cast<std::int64_t>(from - begin), "\n");
  }
  int init = -1;
  for (std::size_t i = from; i < segments.size(); ++i) {
    const Segment& segment = segments[i];
    const bool list_parts = !facts.ended && to_end[i - begin] < 3 * facts.target;
    if (segment.parts.empty() && !segment.complete) continue;
    if (segment.discontinuity) text += "#EXT-X-DISCONTINUITY\n";
    if (segment.init != init) write(text, "#EXT-X-MAP:URI=\"", facts.token, "-init", segment.init, ".mp4\"\n");
    init = segment.init;
    write(text, "#EXT-X-PROGRAM-DATE-TIME:", segment.utc, "\n");
    if (list_parts || !segment.complete) part_lines(text, segment, facts);
    if (!segment.complete) continue;
    if (segment.gap) text += "#EXT-X-GAP\n";
    write(text, "#EXTINF:", seconds_text(segment.duration), ",\n", facts.token, "-", segment.msn, ".m4s\n");
  }
  if (facts.ended) {
    text += "#EXT-X-ENDLIST\n";
    return text;
  }
  const Segment& last = segments.back();
  const bool new_segment = last.complete || facts.next_in_new_segment;
  const std::int64_t next = new_segment ? 0 : static_cast<std::int64_t>(last.parts.size());
  write(text, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"", facts.token, "-", new_segment ? last.msn + 1 : last.msn, ".", next,
        ".m4s\"\n");
  for (const Report& report : facts.reports)
    write(text, "#EXT-X-RENDITION-REPORT:URI=\"../", report.label, "/index.m3u8\",LAST-MSN=", report.msn,
          ",LAST-PART=", report.part, "\n");
  return text;
}

}  // namespace rostrum::llhls
