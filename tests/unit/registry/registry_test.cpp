#include "registry/registry.hpp"

#include <array>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "graph/plan.hpp"
#include "registry/rows.hpp"

using namespace rostrum;

namespace {

constexpr std::array<const PluginInfo*, 0> none{};
constexpr std::array out_port{PortInfo{"out", Direction::out, Media::raw_video}};
constexpr std::array in_port{PortInfo{"in", Direction::in, Media::raw_video}};

std::string file(const char* name) {
  return fmt::format("{}/{}.so", TEST_PLUGINS, name);
}

/// What loading says, without the folder.
std::string load(Registry& registry, const std::string& path) {
  const auto loaded = registry.load(path);
  if (loaded) return "loaded";
  std::string text = loaded.error().message();
  if (const auto at = text.find(std::string(TEST_PLUGINS) + "/"); at == 0) text.erase(0, std::string(TEST_PLUGINS).size() + 1);
  return text;
}

std::string rows(const KindInfo& kind) {
  const PluginInfo plugin{.name = "t", .kinds = std::span(&kind, 1)};
  const auto fine = check_rows(plugin);
  return fine ? "fine" : fine.error().message();
}
std::string row(const ParamInfo& param, std::string_view launch = {}) {
  return rows({.name = "t.k", .role = Role::source, .ports = out_port, .params = std::span(&param, 1), .launch = launch});
}

}  // namespace

TEST_CASE("registry: a third party's kind comes from a shared object and is checked like any other") {
  Registry registry(none);
  REQUIRE(load(registry, file("acme")) == "loaded");
  CHECK(load(registry, file("acme")) == "loaded");  // again: the same rows
  const KindInfo* kind = registry.kind("acme.watermark");
  REQUIRE(kind);
  CHECK(kind->params[0].name == "text");
  CHECK(kind->params[0].fallback == "LIVE");
  CHECK(kind->params[0].property == "overlay.text");
  CHECK(registry.kinds().size() == 1);
  const auto parsed = Graph::parse("rostrum: 1\nnodes:\n  mark: {kind: watermark}\n", "g");
  CHECK(graph::check(*parsed, registry).findings.at(0).message() ==
        "g:3 nodes.mark.kind: no kind watermark; did you mean acme.watermark?");
}

TEST_CASE("registry: what is no plugin of this ABI is refused by name") {
  Registry registry(none);
  CHECK(load(registry, file("other_abi")) ==
        fmt::format("other_abi.so: was built for plugin ABI 4711, this rostrum {} has {}; rebuild it against these headers",
                    ROSTRUM_VERSION, plugin_abi));
  CHECK(load(registry, file("no_descriptor")) ==
        "no_descriptor.so: is no rostrum plugin: it has no symbol rostrum_plugin; write ROSTRUM_PLUGIN(...) in it");
  CHECK(load(registry, file("no_prefix")) == "no_prefix.so: the kind camera must begin with its plugin's name: acme.camera");
  CHECK(load(registry, file("gone")) == "gone.so: no such file; name the plugin's shared object");
  CHECK(load(registry, TEST_PLUGINS) == std::string(TEST_PLUGINS) + ": is no file; name the plugin's shared object");
  CHECK(load(registry, SOURCE_DIR "/CMakeLists.txt").find("CMakeLists.txt: cannot be loaded: ") != std::string::npos);
  CHECK(registry.kinds().empty());
}

TEST_CASE("registry: a name that is taken refuses the whole plugin") {
  static const std::array first_kinds{KindInfo{.name = "camera", .role = Role::source, .ports = out_port}};
  static const std::array second_kinds{KindInfo{.name = "other", .role = Role::source, .ports = out_port},
                                       KindInfo{.name = "camera", .role = Role::source, .ports = out_port}};
  static const std::array doors{DoorInfo{.name = "rtmp"}};
  static const PluginInfo first{.name = "first", .kinds = first_kinds, .doors = doors},
      second{.name = "second", .kinds = second_kinds}, third{.name = "third", .doors = doors};
  Registry registry(none);
  REQUIRE(registry.add(first).has_value());
  CHECK(registry.add(first).has_value());  // the same table again is no second one
  const auto refused = registry.add(second);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::busy);
  CHECK(refused.error().message() == "second: the kind camera is already there, from plugin first; give it another name");
  CHECK(registry.kind("other") == nullptr);
  CHECK(registry.add(third).error().message() ==
        "third: the door rtmp is already there, from plugin first; give it another name");
  CHECK(registry.door("rtmp") == &doors[0]);
}

TEST_CASE("registry: wrong rows are their author's finding, by name") {
  CHECK(rows({.name = "t.k", .role = Role::source, .ports = out_port}) == "fine");
  CHECK(rows({.name = "Bad", .role = Role::source, .ports = out_port}) ==
        "Bad: is no name of a kind; use a-z, 0-9, _ and -, and a dot behind the plugin's name");
  CHECK(rows({.name = "t.k", .role = Role::source, .ports = in_port}) == "t.k: is a source with a port to read");
  CHECK(rows({.name = "t.k", .role = Role::filter, .ports = out_port}) == "t.k: has no port to read; only a source has none");
  CHECK(rows({.name = "t.k", .role = Role::filter, .ports = in_port}) == "t.k: gives nothing; only a sink has no port out");
  static constexpr std::array both{in_port[0], out_port[0]}, twice{out_port[0], out_port[0]};
  static constexpr std::array upper{PortInfo{"Out", Direction::out, Media::raw_video}};
  CHECK(rows({.name = "t.k", .role = Role::sink, .ports = both}) == "t.k: is a sink with a port out");
  CHECK(rows({.name = "t.k", .role = Role::source, .ports = twice}) == "t.k.out: is declared twice");
  CHECK(rows({.name = "t.k", .role = Role::source, .ports = upper}) == "t.k.Out: is no name of a port; use a-z, 0-9, _ and -");
  CHECK(rows({.name = "t.k",
              .role = Role::source,
              .ports = out_port,
              .launch = "x",
              .expand = [](std::string_view, std::span<const std::string>, const Params&) -> Result<std::vector<NodeSpec>> {
                return {};
              }}) == "t.k: has more than one of launch, element, sink and expand");
  CHECK(row({.name = "Part"}) == "t.k.Part: is no name of a parameter; use a-z, 0-9, _ and -");
  CHECK(row({.name = "from"}) == "t.k.from: is a word of the graph's own; choose another");
  CHECK(row({.name = "part", .type = Type::duration, .fallback = "200"}) ==
        "t.k.part: its default: 200 is no duration; write 200ms");
  CHECK(row({.name = "part", .type = Type::duration, .fallback = "1ms", .minimum = "1s"}) ==
        "t.k.part: its default: 1ms is too little; write 1s or more");
  CHECK(row({.name = "part", .type = Type::duration, .minimum = "x"}) ==
        "t.k.part: its range: x is no duration; write a number and its unit: 500ms, 2s, 5m or 2h");
  CHECK(row({.name = "part", .type = Type::choice}) == "t.k.part: is a choice without choices");
  CHECK(row({.name = "part", .type = Type::list}) == "t.k.part: is a list without items");
  static constexpr std::array inner{ParamInfo{.name = "x"}};
  static constexpr std::array outer{ParamInfo{.name = "y", .type = Type::list, .items = inner}};
  CHECK(row({.name = "part", .type = Type::list, .items = outer}) ==
        "t.k.part.y: is a list inside a list; one level is possible");
  CHECK(row({.name = "part", .type = Type::list, .fallback = "x", .items = inner}) ==
        "t.k.part: is a list; a list has no default");
  CHECK(row({.name = "part", .fallback = "x", .required = true}) == "t.k.part: is required and has a default; choose one");
  CHECK(row({.name = "part", .property = "text"}, "textoverlay name=o") ==
        "t.k.part: its property text is not element.property of a launch line");
  CHECK(row({.name = "part", .property = "o.text"}) == "t.k.part: its property o.text is not element.property of a launch line");
  CHECK(row({.name = "part", .property = "o.text"}, "textoverlay name=o") == "fine");
}
