#include "base/units.hpp"

#include <doctest/doctest.h>

using namespace rostrum;
using namespace std::chrono_literals;

namespace {
template <class T>
std::string why(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::bad_param);
  return result.error().what;
}
}  // namespace

TEST_CASE("units: a duration is a number with ms, s, m or h") {
  CHECK(units::duration("500ms") == Duration(500ms));
  CHECK(units::duration("1.5s") == Duration(1500ms));
  CHECK(units::duration("33.366ms") == Duration(33'366us));
  CHECK(units::duration("5m") == Duration(5min));
  CHECK(units::duration("2h") == Duration(2h));
  CHECK(units::duration("0s") == Duration(0));
}

TEST_CASE("units: a wrong duration says what to write") {
  CHECK(why(units::duration("200")) == "200 is no duration; write 200ms");
  CHECK(why(units::duration("2")) == "2 is no duration; write 2s");
  CHECK(why(units::duration("0.5")) == "0.5 is no duration; write 500ms");
  CHECK(why(units::duration("200 ms")) == "\"200 ms\" is no duration; write 200ms");
  CHECK(why(units::duration("2 Seconds")) == "\"2 Seconds\" is no duration; write 2s");
  CHECK(why(units::duration("1m30s")) == "1m30s is no duration; write 90s");
  CHECK(why(units::duration("1d")) == "1d is no duration; write 24h");
  CHECK(why(units::duration("soon")) == "soon is no duration; write a number and its unit: 500ms, 2s, 5m or 2h");
  CHECK(why(units::duration("")) == "\"\" is no duration; write a number and its unit: 500ms, 2s, 5m or 2h");
  CHECK(why(units::duration("-2s")) == "-2s is negative; a duration is 0s or more");
  CHECK(why(units::duration("999999h")) == "999999h is too long; write at most 87600h");
  CHECK(why(units::duration("99999999999999999999h")) ==
        "99999999999999999999h is no duration; write a number and its unit: 500ms, 2s, 5m or 2h");
}

TEST_CASE("units: a bitrate is a number with k or M") {
  CHECK(units::bitrate("2500k") == 2'500'000);
  CHECK(units::bitrate("6M") == 6'000'000);
  CHECK(units::bitrate("2.5M") == 2'500'000);
  CHECK(why(units::bitrate("2500")) == "2500 is no bitrate; write 2500k");
  CHECK(why(units::bitrate("2500000")) == "2500000 is no bitrate; write 2500k");
  CHECK(why(units::bitrate("6m")) == "6m is no bitrate; write 6M");
  CHECK(why(units::bitrate("2500kbps")) == "2500kbps is no bitrate; write 2500k");
  CHECK(why(units::bitrate("1G")) == "1G is no bitrate; write 1000M");
  CHECK(why(units::bitrate("fast")) == "fast is no bitrate; write a number with k or M: 2500k or 6M");
  CHECK(why(units::bitrate("0k")) == "0k is out of range; write 1k to 1000000M");
}

TEST_CASE("units: a size is width x height") {
  CHECK(units::size("1280x720") == Size{1280, 720});
  CHECK(why(units::size("720p")) == "720p is no size; write 1280x720");
  CHECK(why(units::size("1280*720")) == "1280*720 is no size; write 1280x720");
  CHECK(why(units::size("1280 x 720")) == "\"1280 x 720\" is no size; write 1280x720");
  CHECK(why(units::size("big")) == "big is no size; write width x height: 1280x720");
  CHECK(why(units::size("0x99999")) == "0x99999 is out of range; write 1x1 to 16384x16384");
}

TEST_CASE("units: NTSC frame rates become n*1000/1001 however they are written") {
  CHECK(units::rate("30") == Rational{30, 1});
  CHECK(units::rate("30000/1001") == Rational{30000, 1001});
  CHECK(units::rate("29.97") == Rational{30000, 1001});
  CHECK(units::rate("23.976") == Rational{24000, 1001});
  CHECK(units::rate("23.98") == Rational{24000, 1001});
  CHECK(units::rate("59.94") == Rational{60000, 1001});
  CHECK(units::rate("119.88") == Rational{120000, 1001});
  CHECK(units::rate("12.5") == Rational{25, 2});
  CHECK(units::rate("50/2") == Rational{25, 1});
  CHECK(why(units::rate("30fps")) == "30fps is no frame rate; write 30");
  CHECK(why(units::rate("fast")) == "fast is no frame rate; write frames a second: 30, 29.97 or 30000/1001");
  for (const char* text : {"0", "-5", "30/0", "2000", "999999999999/1"})
    CHECK(why(units::rate(text)) == std::string(text) + " is out of range; write a rate above 0 and up to 1000");
}

TEST_CASE("units: a window is a count or a duration") {
  CHECK(units::window("3") == units::Window{3, {}});
  CHECK(units::window("30s") == units::Window{0, 30s});
  CHECK(why(units::window("0")) == "0 is out of range; write 1 or more segments, or a duration: 30s");
  CHECK(why(units::window("30 sec")) == "\"30 sec\" is no window; write 30s");
  CHECK(why(units::window("long")) == "long is no window; write a count of segments (3) or a duration (30s)");
}

TEST_CASE("units: numbers, booleans and choices say what they take") {
  CHECK(units::integer("-3") == -3);
  CHECK(units::number("1.5") == 1.5);
  CHECK(units::boolean("true") == true);
  CHECK(why(units::integer("3.5")) == "3.5 is no whole number; write 3");
  CHECK(why(units::integer("three")) == "three is no whole number; write digits only: 3");
  CHECK(why(units::number("1,5")) == "\"1,5\" is no number; write 1");
  CHECK(why(units::number("nan")) == "nan is no number; write digits: 1.5");
  CHECK(why(units::boolean("yes")) == "yes is no boolean; write true");
  CHECK(why(units::boolean("Off")) == "Off is no boolean; write false");
  CHECK(why(units::boolean("maybe")) == "maybe is no boolean; write true or false");
  CHECK(why(units::choice("refuze", "cut|refuse")) == "refuze is not possible; write cut or refuse (did you mean refuse?)");
  CHECK(why(units::choice("x", "cut|refuse")) == "x is not possible; write cut or refuse");
}

TEST_CASE("units: what is printed reads back") {
  for (const Duration value : {Duration(500ms), Duration(90s), Duration(2h), Duration(33'366us), Duration(0)})
    CHECK(units::duration(units::text_of(value)) == value);
  CHECK(units::bitrate_text(2'500'000) == "2500k");
  CHECK(units::bitrate_text(6'000'000) == "6M");
  CHECK(units::bitrate_text(1'500) == "1.5k");
}
