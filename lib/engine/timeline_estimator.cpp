#include "engine/timeline_estimator.hpp"

#include <algorithm>

namespace rostrum::engine {
namespace {

using namespace std::chrono_literals;
constexpr Duration window = 10s;
constexpr Duration step = 250ms;
constexpr Duration free_follow = 2s;
constexpr Duration coarse_error = 20ms;
constexpr std::int64_t fine_slew = 2000;   // 1/2000: 0.5 ms/s holds 300 ppm of drift with an error below 3 ms
constexpr std::int64_t coarse_slew = 500;  // 2 ms/s: a publisher's clock that is 1000 ppm off

}  // namespace

void TimelineEstimator::arrived(MediaTime media, UtcTime arrival, Duration now) {
  const Duration offset = arrival.time_since_epoch() - media;
  if (fresh_) {
    fresh_ = false;
    follow_until_ = now + free_follow;
    last_ = now;
  }
  if (window_.empty() || now - window_.back().since >= step) window_.push_back({now, offset});
  window_.back().offset = std::min(window_.back().offset, offset);
  while (now - window_.front().since > window) window_.pop_front();
  const Duration least = std::ranges::min(window_, {}, &Least::offset).offset;

  if (now <= follow_until_) {
    offset_ = least;
  } else {
    const Duration error = least - offset_;
    const Duration most = (now - last_) / (std::chrono::abs(error) > coarse_error ? coarse_slew : fine_slew);
    offset_ += std::clamp(error, -most, most);
  }
  last_ = now;
  set_offset(offset_);
}

void TimelineEstimator::restart() {
  window_.clear();
  fresh_ = true;
}

}  // namespace rostrum::engine
