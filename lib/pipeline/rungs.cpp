#include "pipeline/rungs.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/core.h>

#include "base/params.hpp"

namespace rostrum::pipeline {
namespace {

constexpr std::string_view scale_kind = "scale";

bool declares(const IslandNode& node, std::string_view param) {
  return std::ranges::any_of(node.kind->params, [&](const ParamInfo& row) { return row.name == param; });
}

/// Lines of what a feed brings; 0 = not known. Filters keep the size unless they scale.
int height_of(const IslandSpec& spec, const Feed& feed) {
  if (feed.input >= 0) return spec.inputs[feed.input].format->height;
  const IslandNode& node = spec.nodes[feed.node];
  if (declares(node, "height") && node.params.has("height")) return static_cast<int>(node.params.integer("height"));
  if (node.kind->role == Role::source) return declares(node, "size") ? node.params.size("size").height : 0;
  return node.feeds.empty() ? 0 : height_of(spec, node.feeds.front());
}

bool is_rung(const IslandNode& node) {
  return node.kind->name == scale_kind && !node.feeds.empty() && node.params.has("height") && !node.params.flag("enlarge");
}

int height(const IslandNode& rung) {
  return static_cast<int>(rung.params.integer("height"));
}

void set(IslandNode& node, std::string_view side, int value) {
  ParamsDraft draft(node.kind->params, node.params);
  if (draft.set(side, fmt::format("{}", value))) node.params = std::move(draft).take();
}

void keep_unscaled(IslandNode& rung, int source) {
  const int wished = height(rung);
  if (rung.params.has("width")) set(rung, "width", static_cast<int>(rung.params.integer("width") * source / wished) & ~1);
  set(rung, "height", source & ~1);
}

}  // namespace

std::vector<bool> left_out(IslandSpec& spec, const std::function<void(std::string)>& note) {
  std::vector<bool> out(spec.nodes.size());
  std::map<std::tuple<int, int, std::string>, std::vector<int>> ladders;  // rungs by what they read
  for (int i = 0; i < static_cast<int>(spec.nodes.size()); ++i) {
    if (is_rung(spec.nodes[i])) {
      const Feed& feed = spec.nodes[i].feeds.front();
      ladders[{feed.input, feed.node, feed.out_port}].push_back(i);
    }
  }
  for (const auto& [from, rungs] : ladders) {
    const int source = height_of(spec, spec.nodes[rungs.front()].feeds.front());
    if (source <= 0) continue;
    const int smallest = std::ranges::min(rungs, {}, [&](int i) { return height(spec.nodes[i]); });
    const bool none_fits = height(spec.nodes[smallest]) > source;
    for (const int i : rungs) {
      IslandNode& rung = spec.nodes[i];
      if (height(rung) <= source) continue;
      out[i] = !(none_fits && i == smallest);
      note(out[i] ? fmt::format("{}: left out, the source has {} lines", rung.name, source)
                  : fmt::format("{}: kept at the source's {} lines", rung.name, source));
      if (!out[i]) keep_unscaled(rung, source);
    }
  }
  for (std::size_t i = 0; i < spec.nodes.size(); ++i) {
    const auto gone = [&](const Feed& feed) { return feed.node >= 0 && out[feed.node]; };
    if (std::ranges::any_of(spec.nodes[i].feeds, gone)) out[i] = true;
  }
  return out;
}

}  // namespace rostrum::pipeline
