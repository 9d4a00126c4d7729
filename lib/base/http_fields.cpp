#include "base/http_fields.hpp"

#include <array>
#include <cstddef>

namespace rostrum {
namespace {

// RFC 9110 5.6.2, as a table: every header of every answer is looked at.
constexpr std::array<bool, 256> token_characters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_token(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return token_characters[static_cast<unsigned char>(c)]; });
}

bool servers_own(std::string_view name) {
  switch (name.size()) {
    case 4:
      return same_word(name, "Date");
    case 10:
      return same_word(name, "Connection");
    case 14:
      return same_word(name, "Content-Length");
    case 17:
      return same_word(name, "Transfer-Encoding");
    default:
      return false;
  }
}

}  // namespace

bool goes_out(const Header& header) {
  return !servers_own(header.name) && is_token(header.name);
}

void append_line(std::string& out, const Header& header) {
  out += "\r\n";
  out += header.name;
  out += ": ";
  const std::size_t at = out.size();
  out += header.value;
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(at), out.end(), breaks, ' ');
}

}  // namespace rostrum
