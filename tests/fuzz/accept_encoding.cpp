// Any text as Accept-Encoding: what it says does not depend on case, on the sort of blanks, or on whether its elements come in
// one header or in several, and what stands before it takes precedence.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "llhls/accept_encoding.hpp"

using namespace rostrum;

namespace {

bool takes(std::initializer_list<std::string> values) {
  HttpRequest request;
  for (const std::string& value : values) request.headers.push_back({"Accept-Encoding", value});
  return llhls::takes_gzip(request);
}

std::string changed(std::string text, char (*change)(char)) {
  std::ranges::transform(text, text.begin(), change);
  return text;
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
char other_blank(char c) {
  return c == ' ' ? '\t' : c == '\t' ? ' ' : c;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const bool said = takes({text});
  for (const auto change : {upper, lower, other_blank}) {
    if (takes({changed(text, change)}) != said) std::abort();
  }
  if (said && changed(text, lower).find("gzip") == text.npos) std::abort();
  const std::size_t comma = std::min(text.find(','), text.size());
  if (takes({text.substr(0, comma), text.substr(std::min(comma + 1, text.size()))}) != said) std::abort();
  if (takes({"br, identity;q=0, " + text}) != said) std::abort();
  if (!takes({"gzip," + text}) || takes({"GZip ; x=1; Q=0.000 , " + text})) std::abort();
  HttpRequest request;
  request.headers = {{"Content-Encoding", "gzip"}, {"ACCEPT-encoding", text}};
  if (llhls::takes_gzip(request) != said) std::abort();
  return 0;
}
