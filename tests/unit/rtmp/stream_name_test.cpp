#include <doctest/doctest.h>

#include "rtmp/stream_name.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;

TEST_CASE("rtmp: applications have one or more levels, keys have one") {
  CHECK(*check_app("live") == "live");
  CHECK(*check_app("/live/room 1/") == "live/room 1");
  CHECK(*check_key("cam") == "cam");
  CHECK(*check_key("K\xc3\xa4mera-1.5") == "K\xc3\xa4mera-1.5");
  CHECK(*check_key(std::string(255, 'k')) == std::string(255, 'k'));
}

TEST_CASE("rtmp: names that could mean another place are refused with the reason") {
  const auto app = [](std::string_view text) { return check_app(text).error().what; };
  const auto key = [](std::string_view text) { return check_key(text).error().what; };
  CHECK(app("") == "the application's name is empty; publish to rtmp://host/app/key");
  CHECK(app("live//x") == "the application's name is empty; publish to rtmp://host/app/key");
  CHECK(app("live/../etc") == "the application's name must not be '.' or '..'");
  CHECK(app(std::string(256, 'a')) == "the application's name is longer than 255 bytes");
  CHECK(key("") == "the stream key is empty; publish to rtmp://host/app/key");
  CHECK(key("..") == "the stream key must not be '.' or '..'");
  CHECK(key("a/b") == "the stream key must not have a '/'");
  CHECK(key("/cam") == "the stream key must not have a '/'");
  CHECK(key("a\nb") == "the stream key has control characters");
  CHECK(key(std::string_view("a\0b", 3)) == "the stream key has control characters");
  CHECK(key(std::string(256, 'a')) == "the stream key is longer than 255 bytes");
  for (const char* bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "a\xe2\x82", "\xf5\x80\x80\x80"})
    CHECK(key(bad) == "the stream key is not UTF-8");
}

TEST_CASE("rtmp: queries are cut off names and joined, the key's first") {
  CHECK(split_query("cam?token=a?b").path == "cam");
  CHECK(split_query("cam?token=a?b").query == "token=a?b");
  CHECK(split_query("cam").query.empty());
  CHECK(*join_queries("a=1", "b=2") == "a=1&b=2");
  CHECK(*join_queries("", "b=2") == "b=2");
  CHECK(*join_queries("a=1", "a=1") == "a=1");
  CHECK(join_queries(std::string(4097, 'a'), "").error().what == "the query is longer than 4096 bytes");
  CHECK(join_queries("a=\r\nX: y", "").error().what == "the query has control characters or is not UTF-8");
}

TEST_CASE("rtmp: URLs lose query, user and password before anybody sees them") {
  CHECK(without_secrets("rtmp://host:1935/live?token=s") == "rtmp://host:1935/live");
  CHECK(without_secrets("rtmp://user:p@ss@host/live") == "rtmp://host/live");
  CHECK(without_secrets("rtmp://host/li@ve") == "rtmp://host/li@ve");
  CHECK(without_secrets("rtmp://user:pass@host") == "rtmp://host");
  CHECK(without_secrets("") == "");
  CHECK(printable("OBS\n29\xff") == "OBS?29?");
}
