#include "engine/system_clock.hpp"

#include <algorithm>
#include <ctime>

namespace rostrum::engine {
namespace {

Duration read(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

}  // namespace

SystemClock::SystemClock() : offset_((read(CLOCK_REALTIME) - read(CLOCK_MONOTONIC)).count()), paired_(read(CLOCK_MONOTONIC)) {}

Duration SystemClock::monotonic() const {
  return read(CLOCK_MONOTONIC);
}

UtcTime SystemClock::utc() const {
  return UtcTime(read(CLOCK_MONOTONIC) + Duration(offset_.load(std::memory_order_relaxed)));
}

bool SystemClock::pair(bool steady) {
  const Duration now = read(CLOCK_MONOTONIC);
  const Duration error = read(CLOCK_REALTIME) - now - Duration(offset_.load());
  const Duration most = (now - std::exchange(paired_, now)) / 2000;
  const bool stepped = std::chrono::abs(error) > std::chrono::seconds(1);
  offset_ += (stepped && !steady ? error : stepped ? Duration{} : std::clamp(error, -most, most)).count();
  return stepped && steady;
}

}  // namespace rostrum::engine
