#include "llhls/accept_encoding.hpp"

#include <algorithm>
#include <string_view>

namespace rostrum::llhls {
namespace {

/// Takes what stands before the next `separator` off `list`, without the blanks around it.
std::string_view next_of(std::string_view& list, char separator) {
  const auto end = std::min(list.find(separator), list.size());
  std::string_view item = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!item.empty() && blank(item.front())) item.remove_prefix(1);
  while (!item.empty() && blank(item.back())) item.remove_suffix(1);
  return item;
}

bool equal_without_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// RFC 9110 12.4.2: a weight of 0 takes an encoding back; the name of a parameter is of any case (5.6.6).
bool refused(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = next_of(parameters, ';');
    if (!equal_without_case(next_of(value, '='), "q")) continue;
    return value.starts_with('0') && value.find_first_not_of("0.") == value.npos;
  }
  return false;
}

}  // namespace

bool takes_gzip(const HttpRequest& request) {
  for (const Header& header : request.headers) {
    if (!equal_without_case(header.name, "accept-encoding")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      std::string_view item = next_of(rest, ',');
      if (equal_without_case(next_of(item, ';'), "gzip")) return !refused(item);
    }
  }
  return false;
}

}  // namespace rostrum::llhls
