#include "llhls/cut_list.hpp"

#include <algorithm>

namespace rostrum::llhls {
namespace {

constexpr std::size_t recent_marks = 8;
// More silence than this without a discontinuity is no long GOP; it is a clock that jumped.
constexpr int most_forced_cuts = 16;

}  // namespace

void CutList::Spacing::add(MediaTime t) {
  if (last) recent.push_back(t - *last);
  if (recent.size() > recent_marks) recent.pop_front();
  last = t;
}

Duration CutList::Spacing::expected() const {
  return recent.empty() ? Duration(0) : *std::ranges::max_element(recent);
}

void CutList::cut(MediaTime at, bool discontinuity, bool keyframe, bool source_keyframe) {
  const Cut& before = cuts_.back();
  begun_ = true;
  cuts_.push_back(
      {before.msn + 1, at, before.discontinuities + (discontinuity ? 1 : 0), discontinuity, keyframe, source_keyframe});
}

void CutList::mark(const Mark& mark, bool prefer_source, std::int64_t first_msn) {
  if (mark.discontinuity) all_ = source_ = {};
  if (!cuts_.empty() && mark.pts <= std::max(cuts_.back().at, all_.last.value_or(MediaTime::min()))) return;
  all_.add(mark.pts);
  if (mark.source_keyframe) source_.add(mark.pts);
  if (cuts_.empty()) {
    cuts_.push_back({first_msn, mark.pts, 0, false, true, mark.source_keyframe});
    return;
  }
  if (mark.discontinuity) return cut(mark.pts, true, true, mark.source_keyframe);
  if (ends_segment(mark, prefer_source)) cut(mark.pts, false, true, mark.source_keyframe);
}

bool CutList::ends_segment(const Mark& mark, bool prefer_source) const {
  const MediaTime start = cuts_.back().at;
  const Duration elapsed = mark.pts - start;
  if (!begun_ && elapsed >= first_ && (mark.source_keyframe || !prefer_source)) return true;
  if (prefer_source && mark.source_keyframe) return elapsed + source_.expected() > limit();
  const bool better_comes =
      prefer_source && source_.last && !source_.recent.empty() && *source_.last + source_.expected() <= start + limit();
  return elapsed + all_.expected() > limit() && !better_comes;
}

bool CutList::horizon(MediaTime t) {
  if (cuts_.empty() || refused_) return false;
  if (t - cuts_.back().at > most_forced_cuts * segment_) {
    break_at(t);
    return false;
  }
  bool forced = false;
  while (true) {
    const MediaTime start = cuts_.back().at;
    if (t < start + segment_) return forced;
    if (awaits_mark(start) && t < start + segment_ + patience()) return forced;
    if (long_gop_ == LongGop::refuse) {
      refused_ = true;
      return true;
    }
    cut(start + segment_, false, false, false);
    forced = true;
  }
}

bool CutList::awaits_mark(MediaTime start) const {
  if (!all_.last || all_.recent.empty()) return false;
  const MediaTime due = *all_.last + all_.expected();
  return due > start + segment_ - patience() && due <= start + segment_ + patience();
}

void CutList::break_at(MediaTime t) {
  if (cuts_.empty()) return;
  all_ = source_ = {};
  // The renditions cut as soon as they can when the list runs ahead of `t` already.
  cut(std::max(t, cuts_.back().at + MediaTime(1)), true, true, true);
}

const Cut* CutList::find(std::int64_t msn) const {
  if (cuts_.empty() || msn < cuts_.front().msn || msn > cuts_.back().msn) return nullptr;
  return &cuts_[static_cast<std::size_t>(msn - cuts_.front().msn)];
}

const Cut* CutList::covering(MediaTime t) const {
  for (auto cut = cuts_.rbegin(); cut != cuts_.rend(); ++cut)
    if (cut->at <= t) return &*cut;
  return nullptr;
}

std::optional<MediaTime> CutList::expected() const {
  if (cuts_.empty() || !all_.last || all_.recent.empty()) return std::nullopt;
  const Duration step = std::max<Duration>(all_.expected(), std::chrono::milliseconds(1));
  const MediaTime start = cuts_.back().at;
  const auto steps = (start + limit() - *all_.last) / step;  // marks still to come that are not beyond the segment
  if (steps <= 0) return start + segment_;
  if (begun_) return *all_.last + steps * step;
  const auto early = std::max<Duration>(start + first_ - *all_.last + step - Duration(1), step) / step;
  return *all_.last + std::min(early, steps) * step;
}

void CutList::forget(std::int64_t msn) {
  while (cuts_.size() > 1 && cuts_.front().msn < msn) cuts_.pop_front();
}

}  // namespace rostrum::llhls
