#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/utf8.hpp"

using namespace rostrum;

namespace {

// Where the first wrong byte is; npos: none, and the text ends whole.
std::size_t wrong_at(std::string_view text) {
  Utf8Check check;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!check.take(as_view(text.substr(i, 1)))) return i;
  }
  return check.whole() ? std::string_view::npos : text.size();
}

// One code point as its shortest form, without asking whether it may stand in a text.
std::string encoded(std::uint32_t point) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xc0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xe0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | point >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace

TEST_CASE("utf8: every code point but the surrogates is text, and nothing beyond the last one is") {
  for (std::uint32_t point = 0; point < 0x120000; ++point) {
    const bool good = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    if (is_utf8(encoded(point)) != good) FAIL("U+", point);
  }
}

TEST_CASE("utf8: each two bytes are judged as RFC 3629's grammar has it") {
  for (int a = 0x80; a < 0x100; ++a) {
    for (int b = 0; b < 0x100; ++b) {
      const std::string text{static_cast<char>(a), static_cast<char>(b)};
      const bool good = a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf;
      if (is_utf8(text) != good) FAIL(a, " ", b);
    }
  }
}

TEST_CASE("utf8: overlong forms are refused at the first byte that makes them so") {
  CHECK(wrong_at("\xc0\xaf") == 0);
  CHECK(wrong_at("\xe0\x9f\xbf") == 1);
  CHECK(wrong_at("\xf0\x8f\xbf\xbf") == 1);
  CHECK(wrong_at("\xf4\x90\x80\x80") == 1);
  CHECK(wrong_at("\xed\xa0\x80") == 1);
  CHECK(wrong_at("ab\xf5") == 2);
}

TEST_CASE("utf8: a character that is cut off is no whole text, and goes on in the next piece") {
  CHECK_FALSE(is_utf8("\xe2\x82"));
  Utf8Check check;
  CHECK(check.take(as_view("12345678\xe2")));
  CHECK_FALSE(check.whole());
  CHECK(check.take(as_view("\x82")));
  CHECK(
      check.take(as_view("\xac"
                         "abcdefghijk")));
  CHECK(check.whole());
}

TEST_CASE("utf8: a wrong byte is found wherever it stands in a long text") {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'x');
    text[at] = '\xff';
    CHECK_FALSE(is_utf8(text));
    CHECK(wrong_at(text) == at);
  }
}
