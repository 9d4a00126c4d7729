#include "base/text.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace rostrum;

TEST_CASE("text: foreign text in a message cannot forge lines and is cut") {
  CHECK(shown("200ms") == "200ms");
  CHECK(shown("two words") == "\"two words\"");
  CHECK(shown("a\nb\x1b[31m") == "\"a\\nb\\x1b[31m\"");
  CHECK(shown(std::string(1000, 'x')) == "\"" + std::string(60, 'x') + "...\"");
  CHECK(shown(std::string(59, 'x') + "\xc3\xa9 and more") == "\"" + std::string(59, 'x') + "...\"");
}

TEST_CASE("text: the nearest name is a slip away, or the last part of a dotted one") {
  constexpr std::array<std::string_view, 4> names{"llhls", "publisher", "encode", "acme.watermark"};
  CHECK(nearest("llhsl", names) == "llhls");
  CHECK(nearest("publsher", names) == "publisher");
  CHECK(nearest("watermark", names) == "acme.watermark");
  CHECK(nearest("zebra", names).empty());
  CHECK(nearest("", names).empty());
  CHECK(nearest(std::string(100'000, 'e'), names).empty());
  CHECK(remedy("llhsl", names) == "; did you mean llhls?");
  CHECK(remedy("zebra", names) == "; there are llhls, publisher, encode and acme.watermark");
  CHECK(remedy("zebra", Names(names).first(1)) == "; there is only llhls");
  CHECK(remedy("zebra", {}).empty());
}

TEST_CASE("text: a name is lower case and begins with a letter") {
  CHECK(is_name("in"));
  CHECK(is_name("rung_720-p"));
  for (const char* bad : {"", "720p", "In", "a.b", "a b", "-a", "_a"}) CHECK_FALSE(is_name(bad));
  CHECK_FALSE(is_name(std::string(65, 'a')));
}

TEST_CASE("text: split and listed are each other's way back") {
  CHECK(split("a|b|c", '|') == std::vector<std::string_view>{"a", "b", "c"});
  CHECK(split("", '|').empty());
  CHECK(listed(split("a|b|c", '|')) == "a, b and c");
  CHECK(listed(split("a|b", '|'), "or") == "a or b");
  CHECK(listed(split("a", '|')) == "a");
}
