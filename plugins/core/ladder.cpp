// A ladder is shorthand: a hidden scale and an encode for each rung.
#include <algorithm>
#include <chrono>
#include <set>

#include <fmt/core.h>

#include "core/kinds.hpp"

namespace rostrum::core {
namespace {

std::string written(Duration duration) {
  return fmt::format("{}ms", std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

std::string written(std::int64_t bitrate) {
  const auto rest = bitrate % 1000;
  return rest == 0 ? fmt::format("{}k", bitrate / 1000) : fmt::format("{}.{:03}k", bitrate / 1000, rest);
}

bool plain(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

Result<std::vector<NodeSpec>> expand_ladder(std::string_view name, std::span<const std::string> from, const Params& params) {
  std::vector<NodeSpec> nodes;
  for (const Params& rung : params.list("rungs")) {
    const std::string encode = fmt::format("{}.{}", name, rung.text("name"));
    NodeSpec scale{.name = encode + ".scale", .kind = "scale", .from = {from.begin(), from.end()}, .hidden = true};
    scale.params = {{"height", fmt::format("{}", rung.integer("height"))}, {"enlarge", "false"}};
    if (rung.has("width")) scale.params.emplace_back("width", fmt::format("{}", rung.integer("width")));
    if (rung.has("fps")) scale.params.emplace_back("fps", fmt::format("{}/{}", rung.rate("fps").num, rung.rate("fps").den));
    NodeSpec out{.name = encode, .kind = "encode", .from = {scale.name}};
    out.params = {{"bitrate", written(rung.integer("bitrate"))},
                  {"keyframes", written(params.duration("keyframes"))},
                  {"threads", fmt::format("{}", params.integer("threads"))}};
    for (const char* same : {"codec", "encoder", "preset", "profile"}) out.params.emplace_back(same, params.text(same));
    nodes.push_back(std::move(scale));
    nodes.push_back(std::move(out));
  }
  return nodes;
}

std::vector<Error> check_ladder(const Params& params) {
  std::vector<Error> found;
  std::set<std::string> names;
  if (params.list("rungs").empty())
    found.push_back({Errc::bad_param, "rungs", "a ladder needs a rung; write {name: 720p, height: 720, bitrate: 2500k}"});
  for (const Params& rung : params.list("rungs")) {
    const std::string& name = rung.text("name");
    if (!plain(name))
      found.push_back({Errc::bad_param, "rungs", fmt::format("\"{}\" is no name of a rung; use a-z, 0-9, - and _", name)});
    if (!names.insert(name).second)
      found.push_back({Errc::bad_param, "rungs", fmt::format("two rungs are called {}; give each its own name", name)});
    for (const char* side : {"height", "width"}) {
      if (rung.has(side) && rung.integer(side) % 2 != 0)
        found.push_back({Errc::bad_param, "rungs",
                         fmt::format("{}: {} {} is odd; 4:2:0 pictures have even sides", name, side, rung.integer(side))});
    }
  }
  return found;
}

}  // namespace rostrum::core
