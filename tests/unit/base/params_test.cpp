#include "base/params.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace rostrum;
using namespace std::chrono_literals;

namespace {
constexpr std::array rows{
    ParamInfo{.name = "part", .type = Type::duration, .fallback = "500ms", .minimum = "100ms", .maximum = "2s"},
    ParamInfo{.name = "window", .type = Type::window, .fallback = "3", .minimum = "3"},
    ParamInfo{.name = "bitrate", .type = Type::bitrate, .required = true, .minimum = "16k"},
    ParamInfo{.name = "title", .type = Type::string},
    ParamInfo{.name = "size", .type = Type::size, .maximum = "4096x4096"},
    ParamInfo{.name = "rate", .type = Type::rate, .maximum = "240"},
    ParamInfo{.name = "rungs", .type = Type::list},
};
std::string why(const Result<Params>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().message();
}
}  // namespace

TEST_CASE("params: what is not written has its default, or nothing") {
  const auto params = params_of(rows, {{"bitrate", "2500k"}});
  REQUIRE(params.has_value());
  CHECK(params->duration("part") == 500ms);
  CHECK(params->integer("window") == 3);
  CHECK(params->duration("window") == 0s);
  CHECK(params->integer("bitrate") == 2'500'000);
  CHECK(params->has("part"));
  CHECK_FALSE(params->has("title"));
  CHECK(params->text("title").empty());
  CHECK(params->list("rungs").empty());
}

TEST_CASE("params: a copy is a value of its own") {
  Params first = params_of(rows, {{"bitrate", "1M"}, {"title", "one"}}).value();
  const Params copy = first;
  first = params_of(rows, {{"bitrate", "1M"}, {"title", "two"}}).value();
  CHECK(copy.text("title") == "one");
  CHECK(first.text("title") == "two");
}

TEST_CASE("params: names and ranges are held, with the remedy") {
  CHECK(why(params_of(rows, {{"bitrat", "1M"}})) == "bitrat: no parameter bitrat; did you mean bitrate?");
  CHECK(why(params_of(rows, {})) == "bitrate: must be given; write bitrate: 2500k");
  CHECK(why(params_of(rows, {{"part", "50ms"}})) == "part: 50ms is too little; write 100ms to 2s");
  CHECK(why(params_of(rows, {{"part", "3s"}})) == "part: 3s is too much; write 100ms to 2s");
  CHECK(why(params_of(rows, {{"bitrate", "2k"}})) == "bitrate: 2k is too little; write 16k or more");
  CHECK(why(params_of(rows, {{"size", "1280x8000"}})) == "size: 1280x8000 is too much; write 4096x4096 or less");
  CHECK(why(params_of(rows, {{"rate", "1000"}})) == "rate: 1000 is too much; write 240 or less");
  CHECK(why(params_of(rows, {{"window", "2"}})) == "window: 2 is too little; write 3 or more");
  CHECK(params_of(rows, {{"bitrate", "1M"}, {"window", "1s"}}).has_value());  // a count's bound is none for durations
  CHECK(why(params_of(rows, {{"rungs", "720p"}})) == "rungs: rungs takes a list of maps: [{...}, {...}]");
}
