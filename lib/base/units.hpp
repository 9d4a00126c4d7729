// Values with units, as people write them in graphs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <rostrum/kind.hpp>

namespace rostrum::units {

/// A count of segments (duration 0) or a duration (count 0).
struct Window {
  std::int64_t count = 0;
  Duration duration{};
  friend bool operator==(const Window&, const Window&) = default;
};

// Each fails with Errc::bad_param, without a place; `what` shows the text and the remedy: "200 is no duration; write 200ms".

/// "500ms", "1.5s", "5m", "2h"; at most ten years.
Result<Duration> duration(std::string_view text);
/// "2500k", "6M", "2.5M", "128k" in bit/s; 1k to 1000000M.
Result<std::int64_t> bitrate(std::string_view text);
/// "1280x720"; 1 to 16384 each way.
Result<Size> size(std::string_view text);
/// "30", "30000/1001", "12.5"; up to 1000. 23.976, 29.97, 59.94 and their like become n*1000/1001 exactly.
Result<Rational> rate(std::string_view text);
/// "3" or "30s"; a count is at least 1.
Result<Window> window(std::string_view text);
Result<std::int64_t> integer(std::string_view text);
Result<double> number(std::string_view text);
/// "true" or "false".
Result<bool> boolean(std::string_view text);
/// One of "a|b|c".
Result<std::string> choice(std::string_view text, std::string_view choices);

/// "500ms", "90s", "2h": what duration() reads back.
std::string text_of(Duration);
/// "2500k", "6M": what bitrate() reads back.
std::string bitrate_text(std::int64_t);

}  // namespace rostrum::units
