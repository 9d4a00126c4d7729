#include "graph/findings.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.hpp"

namespace rostrum::graph {
namespace {

constexpr std::size_t most_findings = 100;  // a file of garbage is told so, not line by line

bool bare(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

Place Place::at(std::string_view name, Mark where) const {
  std::string next = bare(name) && name.size() <= 64 ? std::string(name) : shown(name);
  if (next.front() != '"' && !bare(name)) next = fmt::format("\"{}\"", next);
  return {where, path.empty() ? next : fmt::format("{}.{}", path, next)};
}
Place Place::at(std::size_t index, const Value& item) const {
  return {item.mark, fmt::format("{}[{}]", path, index)};
}

std::string Findings::where(const Place& place) const {
  return fmt::format("{}:{}{}{}", source_, place.mark.line, place.path.empty() ? "" : " ", place.path);
}

void Findings::add(Errc code, const Place& place, std::string what, Severity severity) {
  if (severity == Severity::error) ++errors_;
  Error error{code, where(place), std::move(what), severity};
  // The nodes that one written node expands into share its place and its mistakes.
  const auto same = [&](const auto& found) { return found.second.where == error.where && found.second.what == error.what; };
  if (std::ranges::any_of(found_, same)) return;
  if (found_.size() >= most_findings)
    ++more_;
  else
    found_.emplace_back(place.mark, std::move(error));
}

std::vector<Error> Findings::take() {
  std::ranges::stable_sort(found_, {}, &std::pair<Mark, Error>::first);
  std::vector<Error> out;
  out.reserve(found_.size() + 1);
  for (auto& [mark, error] : found_) out.push_back(std::move(error));
  if (more_ > 0) out.push_back({Errc::limit, source_, fmt::format("and {} findings more; mend these first", more_)});
  return out;
}

}  // namespace rostrum::graph
