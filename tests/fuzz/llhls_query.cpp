// Paths and queries of playlist and media requests: the text up to the first newline is the path, the rest the query.
#include <cstdint>
#include <string_view>

#include "llhls/ask.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rostrum::llhls;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = std::min(text.find('\n'), text.size());
  const Address address = parse_address(text.substr(0, line));
  if (address.number < 0 || address.part < 0) __builtin_trap();
  if (address.what >= Address::What::playlist && address.label.empty()) __builtin_trap();
  const auto directives = parse_directives(text.substr(std::min(line + 1, text.size())));
  if (!directives) return 0;
  if (directives->part && !directives->msn) __builtin_trap();
  if (directives->msn.value_or(0) < 0 || directives->part.value_or(0) < 0) __builtin_trap();
  // The session goes into a playlist as it is.
  if (directives->session.find_first_of("\"\r\n <>") != std::string::npos) __builtin_trap();
  return 0;
}
