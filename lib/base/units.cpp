#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/core.h>

#include "base/text.hpp"

namespace rostrum::units {
namespace {

constexpr std::int64_t billion = 1'000'000'000;

/// "12.5ms": digits "12.5", value 12 and 500000000 billionths, rest "ms".
struct Decimal {
  std::string_view digits, rest;
  std::int64_t whole = 0, billionths = 0;

  [[nodiscard]] bool fraction() const { return billionths != 0; }
  [[nodiscard]] double value() const { return static_cast<double>(whole) + static_cast<double>(billionths) / billion; }
  /// In parts of 1/unit, `unit` being a power of ten below or a multiple of a billion; nothing where it does not fit.
  [[nodiscard]] std::optional<std::int64_t> times(std::int64_t unit) const {
    std::int64_t out = 0;
    if (__builtin_mul_overflow(whole, unit, &out)) return std::nullopt;
    const std::int64_t part = unit >= billion ? billionths * (unit / billion) : billionths / (billion / unit);
    if (__builtin_add_overflow(out, part, &out)) return std::nullopt;
    return out;
  }
};

bool digit(char c) {
  return c >= '0' && c <= '9';
}

// At most 12 digits before the point and 9 behind it: enough for every unit, and never an overflow.
std::optional<Decimal> decimal(std::string_view text) {
  Decimal d;
  std::size_t i = 0;
  for (; i < text.size() && digit(text[i]); ++i) d.whole = i < 12 ? d.whole * 10 + (text[i] - '0') : d.whole;
  if (i == 0 || i > 12) return std::nullopt;
  if (i + 1 < text.size() && text[i] == '.' && digit(text[i + 1])) {
    const std::size_t point = i++;
    std::int64_t weight = billion / 10;
    for (; i < text.size() && digit(text[i]); ++i, weight /= 10) d.billionths += (text[i] - '0') * weight;
    if (i - point > 10) return std::nullopt;
  }
  d.digits = text.substr(0, i);
  d.rest = text.substr(i);
  return d;
}

tl::unexpected<Error> no(std::string_view text, std::string_view what, std::string_view remedy) {
  return fail(Errc::bad_param, {}, fmt::format("{} is no {}; write {}", shown(text), what, remedy));
}

std::string lower_word(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ' && c != '\t') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
  std::string_view also;  // what people write instead, lower case
};
constexpr std::array time_units{
    Unit{"ms", 1'000'000, "ms|msec|msecs|milli|millis|millisecond|milliseconds"},
    Unit{"s", billion, "s|sec|secs|second|seconds"},
    Unit{"m", 60 * billion, "m|min|mins|minute|minutes"},
    Unit{"h", 3600 * billion, "h|hr|hrs|hour|hours"},
};

/// A duration in words or without a unit, as it was probably meant.
std::string meant_duration(std::string_view text) {
  constexpr std::string_view any = "a number and its unit: 500ms, 2s, 5m or 2h";
  std::string rest = lower_word(text);
  if (const auto d = decimal(rest); d && d->rest.empty()) {
    // A bare count of 100 and more is milliseconds: people know 6 s segments and 200 ms parts.
    if (d->whole >= 100) return fmt::format("{}ms", d->digits);
    return d->whole == 0 ? text_of(Duration(d->billionths)) : fmt::format("{}s", d->digits);
  }
  if (rest.empty()) return std::string(any);
  std::int64_t total = 0;
  while (!rest.empty()) {
    const auto d = decimal(rest);
    if (!d) return std::string(any);
    const std::size_t end = std::min(d->rest.find_first_of("0123456789"), d->rest.size());
    const std::string_view word = d->rest.substr(0, end);
    std::optional<std::int64_t> ns;
    if (word == "d" || word == "day" || word == "days") ns = d->times(24 * 3600 * billion);
    for (const Unit& unit : time_units)
      if (const auto also = split(unit.also, '|'); std::ranges::find(also, word) != also.end()) ns = d->times(unit.nanoseconds);
    if (!ns || __builtin_add_overflow(total, *ns, &total)) return std::string(any);
    rest = std::string(d->rest.substr(end));
  }
  return text_of(Duration(total));
}

std::string meant_bitrate(std::string_view text) {
  constexpr std::string_view any = "a number with k or M: 2500k or 6M";
  const std::string word = lower_word(text);
  const auto d = decimal(word);
  if (!d || d->value() <= 0) return std::string(any);
  const std::string_view unit = d->rest;
  if (unit.empty() || unit == "bps" || unit == "bit/s") {
    if (unit.empty() && d->value() < 100'000) return fmt::format("{}k", d->digits);
    return bitrate_text(d->whole);
  }
  if (unit.starts_with('k') && unit.find("byte") == unit.npos) return fmt::format("{}k", d->digits);
  if (unit.starts_with('m') && unit.find("byte") == unit.npos) return fmt::format("{}M", d->digits);
  if (unit.starts_with('g') && unit.find("byte") == unit.npos && d->times(1000)) return fmt::format("{}M", *d->times(1000));
  return std::string(any);
}

}  // namespace

std::string text_of(Duration value) {
  const std::int64_t ns = value.count();
  if (ns == 0) return "0s";
  for (auto unit = time_units.rbegin(); unit != time_units.rend(); ++unit)
    if (ns % unit->nanoseconds == 0) return fmt::format("{}{}", ns / unit->nanoseconds, unit->name);
  std::string digits = fmt::format("{}.{:06}", ns / 1'000'000, std::abs(ns % 1'000'000));
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits + "ms";
}

std::string bitrate_text(std::int64_t value) {
  if (value % 1'000'000 == 0) return fmt::format("{}M", value / 1'000'000);
  if (value % 1000 == 0) return fmt::format("{}k", value / 1000);
  std::string digits = fmt::format("{}.{:03}", value / 1000, value % 1000);
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits + "k";
}

Result<Duration> duration(std::string_view text) {
  constexpr std::int64_t ten_years = std::int64_t{87'600} * 3600 * billion;
  if (const auto d = decimal(text))
    for (const Unit& unit : time_units)
      if (d->rest == unit.name) {
        const auto ns = d->times(unit.nanoseconds);
        if (ns && *ns <= ten_years) return Duration(*ns);
        return fail(Errc::bad_param, {}, fmt::format("{} is too long; write at most 87600h", shown(text)));
      }
  if (text.starts_with('-'))
    return fail(Errc::bad_param, {}, fmt::format("{} is negative; a duration is 0s or more", shown(text)));
  return no(text, "duration", meant_duration(text));
}

Result<std::int64_t> bitrate(std::string_view text) {
  if (const auto d = decimal(text); d && (d->rest == "k" || d->rest == "M")) {
    const auto bits = d->times(d->rest == "k" ? 1000 : 1'000'000);
    if (bits && *bits >= 1000 && *bits <= 1000 * billion) return *bits;
    return fail(Errc::bad_param, {}, fmt::format("{} is out of range; write 1k to 1000000M", shown(text)));
  }
  return no(text, "bitrate", meant_bitrate(text));
}

Result<Size> size(std::string_view text) {
  constexpr int most = 16'384;
  const auto side = [](std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool clean = error == std::errc() && end == digits.data() + digits.size() && digit(digits[0]);
    return clean && value >= 1 && value <= most ? value : 0;
  };
  if (const std::size_t x = text.find('x'); x != text.npos && x > 0 && x + 1 < text.size()) {
    const Size out{side(text.substr(0, x)), side(text.substr(x + 1))};
    if (out.width && out.height) return out;
    const auto width = decimal(text.substr(0, x)), height = decimal(text.substr(x + 1));
    if (width && height && width->rest.empty() && height->rest.empty() && !width->fraction() && !height->fraction())
      return fail(Errc::bad_param, {}, fmt::format("{} is out of range; write 1x1 to {}x{}", shown(text), most, most));
  }
  std::string meant = "width x height: 1280x720";
  const std::string word = lower_word(text);
  if (const auto width = decimal(word); width && !width->fraction()) {
    if (const auto height = decimal(width->rest.substr(std::min(width->rest.find_first_of("0123456789"), width->rest.size())));
        height && height->rest.empty() && !height->fraction())
      meant = fmt::format("{}x{}", width->whole, height->whole);
    else if (width->rest == "p")
      meant = fmt::format("{}x{}", (width->whole * 16 / 9 + 1) / 2 * 2, width->whole);
  }
  return no(text, "size", meant);
}

Result<Rational> rate(std::string_view text) {
  constexpr std::int64_t most = 1000;
  const auto reduced = [&](std::int64_t num, std::int64_t den) -> Result<Rational> {
    if (num <= 0 || den <= 0 || num > most * den)
      return fail(Errc::bad_param, {}, fmt::format("{} is out of range; write a rate above 0 and up to {}", shown(text), most));
    const std::int64_t divisor = std::gcd(num, den);
    return Rational{num / divisor, den / divisor};
  };
  const auto d = decimal(text);
  if (d && !d->fraction() && d->rest.starts_with('/')) {
    const auto den = decimal(d->rest.substr(1));
    if (den && !den->fraction() && den->rest.empty()) return reduced(d->whole, den->whole);
  }
  if (d && d->rest.empty()) {
    if (d->whole > most) return reduced(d->whole, 1);
    if (!d->fraction()) return reduced(d->whole, 1);
    // NTSC rates are n*1000/1001 (SMPTE 170M); people write them with two or three digits.
    const std::int64_t nominal = d->whole + 1;
    if (nominal >= 10 && std::abs(d->value() - static_cast<double>(nominal) * 1000 / 1001) < 0.005)
      return reduced(nominal * 1000, 1001);
    return reduced(d->whole * billion + d->billionths, billion);
  }
  if (text.starts_with('-')) return reduced(-1, 1);
  const std::string word = lower_word(text);
  const auto meant = decimal(word);
  return no(text, "frame rate",
            meant && meant->rest == "fps" ? std::string(meant->digits) : "frames a second: 30, 29.97 or 30000/1001");
}

Result<Window> window(std::string_view text) {
  const auto d = decimal(text);
  if (d && d->rest.empty() && !d->fraction()) {
    if (d->whole >= 1 && d->whole <= 1'000'000) return Window{d->whole, {}};
    return fail(Errc::bad_param, {},
                fmt::format("{} is out of range; write 1 or more segments, or a duration: 30s", shown(text)));
  }
  if (const auto length = duration(text)) return Window{0, *length};
  return no(text, "window", d && !d->rest.empty() ? meant_duration(text) : "a count of segments (3) or a duration (30s)");
}

Result<std::int64_t> integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  const auto d = decimal(text);
  return no(text, "whole number", d && d->whole > 0 ? fmt::format("{}", d->whole) : "digits only: 3");
}

Result<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(value)) return value;
  const auto d = decimal(text);
  return no(text, "number", d ? std::string(d->digits) : "digits: 1.5");
}

Result<bool> boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  const std::string word = lower_word(text);
  const auto is = [&](std::string_view words) {
    const auto all = split(words, '|');
    return std::ranges::find(all, word) != all.end();
  };
  if (is("yes|on|1|true|y|enabled")) return no(text, "boolean", "true");
  if (is("no|off|0|false|n|disabled")) return no(text, "boolean", "false");
  return no(text, "boolean", "true or false");
}

Result<std::string> choice(std::string_view text, std::string_view choices) {
  const auto all = split(choices, '|');
  if (std::ranges::find(all, text) != all.end()) return std::string(text);
  const std::string_view near = nearest(text, all);
  return fail(Errc::bad_param, {},
              fmt::format("{} is not possible; write {}{}", shown(text), listed(all, "or"),
                          near.empty() ? std::string() : fmt::format(" (did you mean {}?)", near)));
}

}  // namespace rostrum::units
