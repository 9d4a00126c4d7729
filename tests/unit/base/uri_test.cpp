#include "base/uri.hpp"

#include <doctest/doctest.h>

using namespace rostrum;

TEST_CASE("uri: a path is decoded once and normalised") {
  CHECK(parse_target("/")->path == "/");
  CHECK(parse_target("/live/cam/index.m3u8?_HLS_msn=3&x=%20#f")->path == "/live/cam/index.m3u8");
  CHECK(parse_target("/live/cam?_HLS_msn=3&x=%20#f")->query == "_HLS_msn=3&x=%20");
  CHECK(parse_target("/a/./b/.")->path == "/a/b/");
  CHECK(parse_target("/a/")->path == "/a/");
  CHECK(parse_target("/caf%C3%A9%20au")->path == "/caf\xc3\xa9 au");
  CHECK(parse_target("/%252e%252e/x")->path == "/%2e%2e/x");
  CHECK(parse_target("/a?b?c")->query == "b?c");
}

TEST_CASE("uri: what cannot be normalised safely is refused") {
  for (const char* target : {"",          "x",     "*",      "//",     "//x",     "/a//b",      "/..",          "/a/../b",
                             "/%2e%2E/b", "/.%2e", "/a%2fb", "/a%5Cb", "/a\\b",   "/a%00",      "/a%0ab",       "/a%7f",
                             "/%",        "/%4",   "/%zz",   "/%ff",   "/%c0%af", "/%ed%a0%80", "/%f4%90%80%80"}) {
    INFO(target);
    const auto parsed = parse_target(target);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::bad_syntax);
    CHECK_FALSE(parsed.error().what.empty());
  }
}

TEST_CASE("uri: query values are decoded, the first of a name counts, broken escapes stay") {
  CHECK(query_value("a=1&b=2&a=3", "a") == "1");
  CHECK(query_value("a&b=", "a") == "");
  CHECK(query_value("a&b=", "b") == "");
  CHECK_FALSE(query_value("a=1", "c"));
  CHECK_FALSE(query_value("", "c"));
  CHECK(query_value("&&x=a+b%2Bc", "x") == "a b+c");
  CHECK(query_value("%78=1", "x") == "1");
  CHECK(query_value("x=%zz", "x") == "%zz");
}
