#include "llhls/shelf.hpp"

#include <algorithm>
#include <cmath>

namespace rostrum::llhls {
namespace {

double bits_of(const Segment& segment) {
  double bits = 0;
  for (const Part& part : segment.parts) bits += 8.0 * static_cast<double>(part.body.size());
  return bits;
}

double seconds_of(Duration time) {
  return static_cast<double>(time.count()) / 1e9;
}

}  // namespace

void Shelf::open(Segment segment) {
  segments_.push_back(std::move(segment));
}

void Shelf::add(Part part) {
  Segment& segment = segments_.back();
  segment.duration += part.duration;
  segment.gap = segment.gap || part.gap;
  segment.parts.push_back(std::move(part));
  longest_ = std::max(longest_, listed_time());
}

void Shelf::close(Duration now) {
  Segment& segment = segments_.back();
  segment.complete = true;
  segment.listed = now;
  if (!segment.gap) {
    const double bits = bits_of(segment);
    // The last stretch before a discontinuity can be a few frames: its rate alone says nothing about a player's bandwidth.
    if (segment.duration * 2 >= limits_.target) short_bits_ = 0, short_time_ = {};
    short_bits_ += bits;
    short_time_ += segment.duration;
    if (short_time_ * 2 >= limits_.target) {
      peak_ = std::max(peak_, short_bits_ / seconds_of(short_time_));
      short_bits_ = 0, short_time_ = {};
    }
    bits_ += bits;
    seconds_ += seconds_of(segment.duration);
  }
  while (spare()) {
    // rfc8216bis 6.2.2: a segment stays for its own and the longest playlist's duration since it was first listed; a part for
    // three target durations after its tag has gone.
    const Segment& gone = segments_[listed_];
    until_.push_back(std::max(gone.listed + gone.duration + longest_, now + 3 * limits_.target));
    ++listed_;
  }
}

// rfc8216bis 6.2.2: no segment may leave a playlist that would then be shorter than three target durations.
bool Shelf::spare() const {
  std::int64_t count = -1;  // without the first
  Duration time{};
  for (std::size_t i = listed_; i < segments_.size(); ++i) {
    if (!segments_[i].complete) continue;
    if (++count > 0) time += segments_[i].duration;
  }
  if (count < 1 || time < 3 * limits_.target) return false;
  return limits_.window.time > Duration(0) ? time >= limits_.window.time : count >= limits_.window.segments;
}

void Shelf::purge(Duration now) {
  while (!until_.empty() && until_.front() <= now) {
    until_.pop_front();
    segments_.pop_front();
    --listed_;
  }
  while (!segments_.empty() && first_init_ < segments_.front().init) {
    inits_.pop_front();
    ++first_init_;
  }
}

const Segment* Shelf::find(std::int64_t msn) const {
  if (segments_.empty() || msn < segments_.front().msn || msn > segments_.back().msn) return nullptr;
  return &segments_[static_cast<std::size_t>(msn - segments_.front().msn)];
}

const Bytes* Shelf::init(int number) const {
  if (number < first_init_ || static_cast<std::size_t>(number - first_init_) >= inits_.size()) return nullptr;
  return &inits_[static_cast<std::size_t>(number - first_init_)];
}

Duration Shelf::listed_time() const {
  Duration time{};
  for (std::size_t i = listed_; i < segments_.size(); ++i) time += segments_[i].duration;
  return time;
}

std::size_t Shelf::bytes() const {
  std::size_t size = 0;
  for (const Segment& segment : segments_)
    for (const Part& part : segment.parts) size += part.body.size();
  return size;
}

std::int64_t Shelf::peak() const {
  if (peak_ > 0) return std::llround(peak_);
  return average();
}

std::int64_t Shelf::average() const {
  double bits = bits_, seconds = seconds_;
  if (seconds == 0) {
    for (const Segment& segment : segments_) {
      bits += bits_of(segment);
      for (const Part& part : segment.parts) seconds += part.gap ? 0 : seconds_of(part.duration);
    }
  }
  return seconds > 0 ? std::llround(bits / seconds) : 0;
}

}  // namespace rostrum::llhls
