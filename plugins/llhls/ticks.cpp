#include "llhls/ticks.hpp"

#include <fmt/core.h>

namespace rostrum::llhls {
namespace {

constexpr std::int64_t step = 10'000;  // nanoseconds of the last decimal

}  // namespace

Duration written(Duration time, Rounding rounding) {
  return Duration((time.count() + (rounding == Rounding::up ? step - 1 : step / 2)) / step * step);
}

std::string seconds_text(Duration time, Rounding rounding) {
  constexpr std::int64_t unit = 100'000;
  const std::int64_t value = written(time, rounding).count() / step;
  std::string text = fmt::format("{}.{:05}", value / unit, value % unit);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace rostrum::llhls
