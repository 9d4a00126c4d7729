#include "llhls/frame_interval.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rostrum::llhls {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t window = 32;
constexpr Duration clock_rounding = 1'500us;  // two stamps in whole milliseconds, and some noise
constexpr Duration exact_rounding = 50us;     // stamps whose rounding was undone: their mean is better than a rounded declaration
constexpr Duration fallback = 33'333'333ns;

}  // namespace

void FrameInterval::add(const Frame& frame) {
  declared_ = frame.format->frame_rate;
  stated_ = frame.duration;
  if (last_ && frame.dts > *last_) recent_.push_back(frame.dts - *last_);
  if (recent_.size() > window) recent_.pop_front();
  last_ = frame.dts;
}

bool FrameInterval::steady() const {
  if (recent_.empty()) return declared_.known() || stated_ > Duration(0);
  const auto [low, high] = std::ranges::minmax(recent_);
  return high - low <= clock_rounding;
}

double FrameInterval::mean() const {
  return static_cast<double>(std::accumulate(recent_.begin(), recent_.end(), Duration(0)).count()) /
         static_cast<double>(recent_.size());
}

bool FrameInterval::rough() const {
  if (recent_.empty() || declared_.known()) return false;
  const auto [low, high] = std::ranges::minmax(recent_);
  return high - low > exact_rounding && high - low <= clock_rounding;
}

double FrameInterval::constant() const {
  if (!steady()) return 0;
  const double declared = declared_.known() ? 1e9 / declared_.value() : static_cast<double>(stated_.count());
  if (recent_.empty()) return declared;
  const auto [low, high] = std::ranges::minmax(recent_);
  const double seen = mean();
  const bool exact = high - low <= exact_rounding;
  const double agrees = exact ? 1'000.0 : static_cast<double>(clock_rounding.count());
  return declared > 0 && std::abs(seen - declared) <= agrees ? declared : seen;
}

Duration FrameInterval::expected() const {
  if (const double frame = constant(); frame > 0) return Duration(std::llround(frame));
  if (stated_ > Duration(0)) return stated_;
  // A variable rate: too short a guess is stretched when the next frame comes, too long a one would have to be undone.
  return recent_.empty() ? fallback : std::ranges::min(recent_);
}

}  // namespace rostrum::llhls
