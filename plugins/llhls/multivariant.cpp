#include "llhls/multivariant.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/core.h>

namespace rostrum::llhls {
namespace {

/// Audio renditions of one codec: a player picks one of them; a variant refers to one group.
struct Group {
  std::string name;
  std::string codecs;
  std::int64_t peak = 0;
  std::int64_t average = 0;
  std::vector<const Offer*> members;
};

std::vector<Group> groups_of(const std::vector<Offer>& offers) {
  std::vector<Group> groups;
  for (const Offer& offer : offers) {
    if (offer.format->track() != Track::audio) continue;
    auto group = std::ranges::find(groups, offer.format->rfc6381, &Group::codecs);
    if (group == groups.end()) {
      const std::string name(name_of(offer.format->codec));
      const auto alike = std::ranges::count_if(groups, [&](const Group& g) { return g.name.starts_with(name); });
      groups.push_back({alike == 0 ? name : fmt::format("{}-{}", name, alike + 1), offer.format->rfc6381, 0, 0, {}});
      group = std::prev(groups.end());
    }
    group->peak = std::max(group->peak, offer.peak);
    group->average = std::max(group->average, offer.average);
    group->members.push_back(&offer);
  }
  return groups;
}

void variant(std::string& text, const Offer& offer, const Group* group) {
  const auto out = std::back_inserter(text);
  const std::int64_t peak = offer.peak + (group ? group->peak : 0);
  const std::int64_t average = std::min(peak, offer.average + (group ? group->average : 0));
  fmt::format_to(out, "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}{}{}\"", peak, average,
                 offer.format->rfc6381, group ? "," : "", group ? group->codecs : "");
  if (offer.format->width > 0) fmt::format_to(out, ",RESOLUTION={}x{}", offer.format->width, offer.format->height);
  if (offer.frame_rate > 0) fmt::format_to(out, ",FRAME-RATE={:.3f}", offer.frame_rate);
  if (group) fmt::format_to(out, ",AUDIO=\"{}\"", group->name);
  fmt::format_to(out, "\n{}/index.m3u8\n", offer.label);
}

// To whole kilobits, so that the text does not change with every segment's bytes.
std::int64_t round_up(double rate) {
  return (static_cast<std::int64_t>(rate) + 999) / 1000 * 1000;
}

}  // namespace

std::string multivariant_playlist(const std::vector<Offer>& offers, bool independent) {
  std::string text = "#EXTM3U\n#EXT-X-VERSION:9\n";
  if (independent) text += "#EXT-X-INDEPENDENT-SEGMENTS\n";
  const bool video = std::ranges::any_of(offers, [](const Offer& offer) { return offer.format->track() == Track::video; });
  const std::vector<Group> groups = video ? groups_of(offers) : std::vector<Group>{};
  for (const Group& group : groups) {
    for (const Offer* offer : group.members) {
      fmt::format_to(std::back_inserter(text), "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{}\",NAME=\"{}\",DEFAULT={},AUTOSELECT=YES",
                     group.name, offer->label, offer == group.members.front() ? "YES" : "NO");
      if (offer->format->channels > 0) fmt::format_to(std::back_inserter(text), ",CHANNELS=\"{}\"", offer->format->channels);
      fmt::format_to(std::back_inserter(text), ",URI=\"{}/index.m3u8\"\n", offer->label);
    }
  }
  for (const Offer& offer : offers) {
    if (video && offer.format->track() != Track::video) continue;
    if (groups.empty()) variant(text, offer, nullptr);
    for (const Group& group : groups) variant(text, offer, &group);
  }
  return text;
}

Rates promised(std::int64_t configured, std::int64_t measured_peak, std::int64_t measured_average) {
  // An encoder held to a rate overshoots it for a segment and the container adds up to 3 %. Where no rate is configured, what is
  // to come may be harder to encode than what was measured.
  const double peak =
      std::max(1.25 * static_cast<double>(configured), (configured > 0 ? 1.0 : 1.25) * static_cast<double>(measured_peak));
  const double average = configured > 0 ? 1.05 * static_cast<double>(configured) : static_cast<double>(measured_average);
  const double kept = std::max(average, static_cast<double>(measured_average));
  return {round_up(std::max(peak, kept)), round_up(kept)};
}

std::string with_session(std::string text, std::string_view session) {
  constexpr std::string_view name = "index.m3u8";
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + name.size()))
    text.insert(at + name.size(), fmt::format("?session={}", session));
  return text;
}

}  // namespace rostrum::llhls
