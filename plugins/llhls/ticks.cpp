#include "llhls/ticks.hpp"

#include <array>
#include <charconv>

namespace rostrum::llhls {
namespace {

constexpr std::int64_t step = 10'000;   // nanoseconds of the last decimal
constexpr std::int64_t unit = 100'000;  // of them in a second

}  // namespace

Duration written(Duration time, Rounding rounding) {
  return Duration((time.count() + (rounding == Rounding::up ? step - 1 : step / 2)) / step * step);
}

std::string seconds_text(Duration time, Rounding rounding) {
  const std::int64_t value = written(time, rounding).count() / step;
  std::array<char, 32> text{};
  char* end = std::to_chars(text.data(), text.data() + 24, value / unit).ptr;
  std::int64_t rest = value % unit;
  if (rest != 0) *end++ = '.';
  for (std::int64_t digit = unit / 10; rest != 0; rest %= digit, digit /= 10) *end++ = static_cast<char>('0' + rest / digit);
  return {text.data(), end};
}

}  // namespace rostrum::llhls
