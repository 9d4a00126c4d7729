// A Host header, and behind the first newline a request's target: the header passes for this machine only where it is an address,
// localhost or nothing, and what a path is taken to pieces for is what the pieces make up, with no way out of a stream.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/uri.hpp"
#include "http/names.hpp"

using namespace rostrum;

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";

/// Is `host` made of what an address, a name below localhost or nothing is made of? Written another way than the parser.
bool may_be_local(std::string host) {
  const auto all_of = [](std::string_view text, std::string_view set) { return text.find_first_not_of(set) == text.npos; };
  const std::size_t colon = host.rfind(':');
  const bool ported = colon != host.npos && all_of(std::string_view(host).substr(colon + 1), digits) &&
                      (host.find(':') == colon || (colon > 0 && host[colon - 1] == ']'));
  std::string name = ported ? host.substr(0, colon) : host;
  while (name.ends_with('.')) name.pop_back();
  if (name.empty()) return true;
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  const bool v4 = std::ranges::count(name, '.') == 3 && all_of(name, "0123456789.");
  const bool v6 = std::ranges::count(name, ':') >= 2 && all_of(name, std::string(hexadecimal) + ":.");
  if (v4 || v6) return true;
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return (name == "localhost" || name.ends_with(".localhost")) && name.find_first_of(":[]/@") == name.npos;
}

void judge_host(const std::string& host) {
  if (http::names_this_machine(host) && !may_be_local(host)) std::abort();
  // Whatever a stranger puts before a name of theirs, it stays theirs.
  for (const char* foreign : {".example", ".localhost.example", ".example:80", ".example.", ".127.0.0.1.example"}) {
    if (http::names_this_machine(host + foreign)) std::abort();
  }
  for (const char* local : {"localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:80", "[::1]:443", "::1", ""}) {
    if (!http::names_this_machine(local)) std::abort();
  }
}

void judge_route(std::string_view pattern, std::string_view path) {
  const auto taken = http::match(pattern, path);
  if (!taken) return;
  std::string whole(pattern);
  for (const std::string& piece : *taken) {
    if (piece.empty() || piece.find('/') != piece.npos || piece == "..") std::abort();
    const std::size_t open = whole.find("/{");
    if (open == whole.npos) std::abort();
    whole.replace(open + 1, whole.find('}', open) - open, piece);
    if (piece.find('{') != piece.npos) return;  // it could not be told from a part of the pattern
  }
  if (whole != path) std::abort();
}

void judge_path(std::string_view path) {
  for (const char* pattern : {"/healthz", "/v1/streams", "/v1/streams/{app}/{name}", "/v1/streams/{app}/{name}/dot", "/{any}"})
    judge_route(pattern, path);
  const std::string_view first = http::first_segment(path);
  if (first.find('/') != first.npos || !path.substr(1).starts_with(first)) std::abort();
  const auto below = http::below_a_stream(path);
  if (!below) return;
  const auto [stream, rest] = *below;
  if ("/" + std::string(stream) + "/" + std::string(rest) != path) std::abort();
  const std::size_t slash = stream.find('/');
  if (slash == 0 || slash == stream.npos || slash + 1 == stream.size() || stream.find('/', slash + 1) != stream.npos)
    std::abort();
  if (rest.empty() || rest.front() == '/' || ("/" + std::string(path) + "/").find("/../") != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  judge_host(text.substr(0, line));
  const std::string target = text.substr(std::min(line + 1, text.size()));
  if (const auto asked = parse_target(target)) judge_path(asked->path);
  // A host's own server may hand over a path that nobody has looked at.
  (void)http::below_a_stream(target);
  (void)http::match("/v1/streams/{app}/{name}", target);
  (void)http::first_segment(target);
  return 0;
}
