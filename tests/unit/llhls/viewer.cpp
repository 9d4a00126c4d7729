#include "viewer.hpp"

#include <cmath>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include <fmt/core.h>

namespace rig {
namespace {

std::string attribute(const std::string& line, const std::string& name) {
  for (auto at = line.find(name + "="); at != std::string::npos; at = line.find(name + "=", at + 1)) {
    if (line[at - 1] != ':' && line[at - 1] != ',') continue;
    const auto start = at + name.size() + 1;
    if (line[start] == '"') return line.substr(start + 1, line.find('"', start + 1) - start - 1);
    return line.substr(start, line.find(',', start) - start);
  }
  return {};
}

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what);
}

}  // namespace

Duration time_of_date(const std::string& date) {
  int hours = 0, minutes = 0, seconds = 0, ms = 0;
  if (std::sscanf(date.c_str(), "%*d-%*d-%*dT%d:%d:%d.%dZ", &hours, &minutes, &seconds, &ms) != 4) broken("no date: " + date);
  return std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds) +
         std::chrono::milliseconds(ms);
}

double Listing::complete_time() const {
  double sum = 0;
  for (const ListedSegment& segment : segments) sum += segment.uri.empty() ? 0 : segment.duration;
  return sum;
}

Listing read_playlist(const std::string& text) {
  Listing list;
  ListedSegment segment;
  std::string map;
  std::int64_t msn = 0;
  std::istringstream in(text);
  const auto number = [](const std::string& s) { return std::strtod(s.c_str(), nullptr); };
  for (std::string line; std::getline(in, line);) {
    const auto value = [&] { return line.substr(line.find(':') + 1); };
    if (line.starts_with("#EXT-X-TARGETDURATION:")) list.target = std::stoi(value());
    if (line.starts_with("#EXT-X-SERVER-CONTROL:")) list.hold_back = number(attribute(line, "PART-HOLD-BACK"));
    if (line.starts_with("#EXT-X-PART-INF:")) list.part_target = number(attribute(line, "PART-TARGET"));
    if (line.starts_with("#EXT-X-MEDIA-SEQUENCE:")) msn = list.first_msn = std::stoll(value());
    if (line.starts_with("#EXT-X-DISCONTINUITY-SEQUENCE:")) list.discontinuity_sequence = std::stoll(value());
    if (line == "#EXT-X-INDEPENDENT-SEGMENTS") list.independent = true;
    if (line.starts_with("#EXT-X-SKIP:")) msn += list.skipped = std::stoi(attribute(line, "SKIPPED-SEGMENTS"));
    if (line == "#EXT-X-DISCONTINUITY") segment.discontinuity = true;
    if (line.starts_with("#EXT-X-MAP:")) map = attribute(line, "URI");
    if (line.starts_with("#EXT-X-PROGRAM-DATE-TIME:")) segment.date = value();
    if (line.starts_with("#EXT-X-PART:"))
      segment.parts.push_back({attribute(line, "URI"), number(attribute(line, "DURATION")),
                               attribute(line, "INDEPENDENT") == "YES", attribute(line, "GAP") == "YES"});
    if (line == "#EXT-X-GAP") segment.gap = true;
    if (line.starts_with("#EXTINF:")) segment.duration = number(value());
    if (line == "#EXT-X-ENDLIST") list.ended = true;
    if (line.starts_with("#EXT-X-PRELOAD-HINT:")) list.hint = attribute(line, "URI");
    if (line.starts_with("#EXT-X-RENDITION-REPORT:")) list.reports.push_back(line);
    if (line.empty() || line[0] == '#') continue;
    segment.uri = line;
    segment.msn = msn++;
    segment.map = map;
    list.segments.push_back(std::exchange(segment, {}));
  }
  if (!segment.parts.empty()) {
    segment.msn = msn;
    segment.map = map;
    list.segments.push_back(segment);
  }
  return list;
}

void Viewer::check_head(const Listing& list) {
  if (!first_ &&
      (list.part_target != listing_.part_target || list.hold_back != listing_.hold_back || list.target != listing_.target))
    broken("PART-TARGET, PART-HOLD-BACK or TARGETDURATION has changed");
  if (!first_ && list.first_msn < listing_.first_msn) broken("MEDIA-SEQUENCE went back");
  if (!first_ && list.discontinuity_sequence < listing_.discontinuity_sequence) broken("DISCONTINUITY-SEQUENCE went back");
  if (list.hold_back < 3 * list.part_target - 1e-9) broken("PART-HOLD-BACK is less than three PART-TARGETs");
  for (const ListedSegment& segment : list.segments) {
    if (!segment.uri.empty() && std::lround(segment.duration) > list.target) broken("a segment is longer than TARGETDURATION");
    if (segment.date.empty()) broken("a segment has no PROGRAM-DATE-TIME");
    if (segment.map.empty()) broken("a segment has no EXT-X-MAP");
  }
}

void Viewer::check_part(const ListedSegment& segment, std::size_t index) {
  const ListedPart& part = segment.parts[index];
  const std::string name = label_ + "/" + part.uri;
  if (part.duration > listing_.part_target + 1e-9) broken(name + " is longer than PART-TARGET: " + std::to_string(part.duration));
  const bool last = index + 1 == segment.parts.size();
  const bool final_of_segment = last && !segment.uri.empty();
  const bool before_gap = !last && segment.parts[index + 1].gap;
  const bool may_be_short = part.gap || final_of_segment || before_gap || (last && listing_.ended);
  if (!may_be_short && part.duration < 0.85 * listing_.part_target)
    broken(name + " is shorter than 85 % of PART-TARGET: " + std::to_string(part.duration));
  if (part.gap) {
    if (end_ >= 0) end_ += std::llround(part.duration * static_cast<double>(timescale));
    after_gap_ = true;
    return;
  }
  const Answer answer = stage_.get(name);
  if (answer.status() != 200) broken(name + " gives " + std::to_string(answer.status()));
  const Bytes body(answer.body());
  const auto list = boxes::fragments(body);
  if (list.size() != 1) broken(name + " is not one fragment");
  const boxes::Fragment& fragment = list[0];
  const auto start = static_cast<std::int64_t>(fragment.decode_time);
  const auto tolerance = after_gap_ ? timescale / 1000 + 1 : 0;
  if (end_ >= 0 && start < end_ - tolerance) broken(fmt::format("{}: tfdt steps back by {} ticks", name, end_ - start));
  if (end_ >= 0 && start > end_ + tolerance) broken(fmt::format("{}: tfdt gaps by {} ticks", name, start - end_));
  const double duration = static_cast<double>(fragment.duration()) / static_cast<double>(timescale);
  if (std::abs(duration - part.duration) > 1.1e-5)
    broken(fmt::format("{}: DURATION {} is {} in trun", name, part.duration, duration));
  if (duration > listing_.part_target + 1e-9) broken(name + ": trun is longer than PART-TARGET");
  if (part.independent != fragment.samples.front().sync) broken(name + ": INDEPENDENT is not what the first sample says");
  end_ = start + static_cast<std::int64_t>(fragment.duration());
  after_gap_ = false;
  fragments.push_back(fragment);
}

// rfc8216bis 6.2.5.1: only what ended before the skip boundary, six target durations before the end of the last whole segment.
void Viewer::check_delta() {
  const Listing delta = read_playlist(stage_.text(label_ + "/index.m3u8?_HLS_skip=YES"));
  if (delta.skipped > 0 && delta.complete_time() < 6 * listing_.target - 1e-4)
    broken(fmt::format("a delta update skips a segment that ends {} s from the end", delta.complete_time()));
}

void Viewer::check_dates() {
  const auto& segments = listing_.segments;
  for (std::size_t i = 1; i < segments.size(); ++i) {
    if (segments[i].discontinuity) continue;
    const Duration expected(std::llround(segments[i - 1].duration * 1e9));
    const Duration wrong = time_of_date(segments[i].date) - time_of_date(segments[i - 1].date) - expected;
    if (std::chrono::abs(wrong) > date_tolerance)
      broken(fmt::format("{} msn {}: the date is {} ms off", label_, segments[i].msn, wrong / 1us / 1e3));
  }
}

const Listing& Viewer::look() {
  const std::string text = stage_.text(label_ + "/index.m3u8");
  Listing list = read_playlist(text);
  if (list.segments.empty()) broken("no segments in: " + text);
  check_head(list);
  const Listing before = std::exchange(listing_, std::move(list));
  check_delta();
  check_dates();
  if (first_) next_msn_ = listing_.segments.front().msn;
  first_ = false;
  for (const ListedSegment& segment : listing_.segments) {
    if (segment.msn < next_msn_) continue;
    if (segment.msn > next_msn_) broken("the viewer missed a segment");
    if (next_part_ == 0 && segment.discontinuity) end_ = -1;
    for (; next_part_ < segment.parts.size(); ++next_part_) check_part(segment, next_part_);
    if (segment.uri.empty()) break;
    if (!segment.parts.empty() && !segment.gap) {
      std::string joined;
      double sum = 0;
      for (const ListedPart& part : segment.parts) joined += stage_.text(label_ + "/" + part.uri), sum += part.duration;
      if (stage_.text(label_ + "/" + segment.uri) != joined) broken(segment.uri + " is not its parts");
      if (std::abs(sum - segment.duration) > 1e-5 * static_cast<double>(segment.parts.size() + 1))
        broken(segment.uri + ": EXTINF is not the sum of its parts");
    }
    ++next_msn_;
    next_part_ = 0;
  }
  return listing_;
}

}  // namespace rig
