// Which header fields of an answer may go out, and how (RFC 9110 5, RFC 9112 5).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <rostrum/http.hpp>

namespace rostrum {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// Names are compared without case.
constexpr bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a == b) return true;  // nearly always, where they are the same at all
  return std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

/// May an answer's header go out? Not where the server has its own, nor where its name is no token.
bool goes_out(const Header&);
/// What would break out of a header's line or field: CR, LF, NUL.
constexpr bool breaks(char c) {
  return c == '\r' || c == '\n' || c == '\0';
}

/// "\r\nName: value"; what would break out of the line becomes a blank.
void append_line(std::string& out, const Header&);

}  // namespace rostrum
