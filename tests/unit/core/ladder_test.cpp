#include <algorithm>
#include <array>

#include <doctest/doctest.h>
#include <rostrum/plugin.hpp>

#include "base/params.hpp"
#include "core/kinds.hpp"

using namespace rostrum;

namespace rostrum {
extern const PluginInfo core_plugin;
}

namespace {

const KindInfo& ladder() {
  return *std::ranges::find(core_plugin.kinds, "ladder", &KindInfo::name);
}

Params rung(std::initializer_list<std::pair<std::string, std::string>> values) {
  const auto rows = std::ranges::find(ladder().params, "rungs", &ParamInfo::name)->items;
  return *params_of(rows, values);
}

Params with_rungs(std::vector<Params> rungs) {
  ParamsDraft draft(ladder().params);
  draft.put("rungs", std::move(rungs));
  return std::move(draft).take();
}

std::string value(const NodeSpec& node, std::string_view name) {
  const auto found = std::ranges::find(node.params, name, [](const auto& entry) { return std::string_view(entry.first); });
  return found == node.params.end() ? std::string("(none)") : found->second;
}

}  // namespace

TEST_CASE("core: a ladder is a hidden scale and an encode for each rung") {
  const auto params =
      with_rungs({rung({{"name", "720p"}, {"height", "720"}, {"bitrate", "2500k"}}),
                  rung({{"name", "low"}, {"height", "240"}, {"bitrate", "300k"}, {"width", "426"}, {"fps", "15"}})});
  const std::array<std::string, 1> from{"picture"};
  const auto nodes = core::expand_ladder("ladder", from, params);
  REQUIRE(nodes);
  REQUIRE(nodes->size() == 4);
  const NodeSpec& scale = (*nodes)[0];
  CHECK(scale.name == "ladder.720p.scale");
  CHECK(scale.kind == "scale");
  CHECK(scale.hidden);
  CHECK(scale.from == std::vector<std::string>{"picture"});
  CHECK(value(scale, "height") == "720");
  CHECK(value(scale, "enlarge") == "false");
  CHECK(value(scale, "fps") == "(none)");
  const NodeSpec& encode = (*nodes)[1];
  CHECK(encode.name == "ladder.720p");
  CHECK_FALSE(encode.hidden);
  CHECK(encode.from == std::vector<std::string>{"ladder.720p.scale"});
  CHECK(value(encode, "codec") == "h264");
  CHECK(value(encode, "bitrate") == "2500k");
  CHECK(value(encode, "keyframes") == "2000ms");
  CHECK(value((*nodes)[2], "width") == "426");
  CHECK(value((*nodes)[2], "fps") == "15/1");
}

TEST_CASE("core: what a ladder is expanded to reads back through the rows of its kinds") {
  const auto params = with_rungs({rung({{"name", "odd"}, {"height", "720"}, {"bitrate", "1.2345M"}, {"fps", "29.97"}})});
  const std::array<std::string, 1> from{"picture"};
  const auto nodes = core::expand_ladder("ladder", from, params);
  REQUIRE(nodes);
  for (const NodeSpec& node : *nodes) {
    const auto& row = *std::ranges::find(core_plugin.kinds, node.kind, &KindInfo::name);
    const auto read = params_of(row.params, std::span(node.params));
    if (!read) FAIL(read.error().message());
    if (node.kind == "encode") CHECK(read->integer("bitrate") == 1'234'500);
    if (node.kind == "scale") CHECK(read->rate("fps") == Rational{30000, 1001});
  }
}

TEST_CASE("core: a ladder says what is wrong with its rungs") {
  const auto found = core::check_ladder(with_rungs({rung({{"name", "a b"}, {"height", "720"}, {"bitrate", "2M"}}),
                                                    rung({{"name", "sd"}, {"height", "481"}, {"bitrate", "1M"}}),
                                                    rung({{"name", "sd"}, {"height", "360"}, {"bitrate", "1M"}})}));
  REQUIRE(found.size() == 3);
  CHECK(found[0].message() == "rungs: \"a b\" is no name of a rung; use a-z, 0-9, - and _");
  CHECK(found[1].message() == "rungs: sd: height 481 is odd; 4:2:0 pictures have even sides");
  CHECK(found[2].message() == "rungs: two rungs are called sd; give each its own name");
  CHECK(core::check_ladder(with_rungs({})).at(0).what ==
        "a ladder needs a rung; write {name: 720p, height: 720, bitrate: 2500k}");
}

TEST_CASE("core: video without a bitrate is refused, audio has a default") {
  const auto& rows = std::ranges::find(core_plugin.kinds, "encode", &KindInfo::name)->params;
  const auto found = core::check_encode(*params_of(rows, {{"codec", "h264"}}));
  REQUIRE(found.size() == 1);
  CHECK(found[0].message() == "bitrate: h264 needs one; write bitrate: 2500k");
  CHECK(core::check_encode(*params_of(rows, {{"codec", "opus"}})).empty());
}

TEST_CASE("core: every default of every row reads as its type") {
  for (const KindInfo& kind : core_plugin.kinds) {
    CAPTURE(kind.name);
    const ParamsDraft draft(kind.params);
    for (const ParamInfo& row : kind.params) {
      CAPTURE(row.name);
      CHECK_FALSE(row.meaning.empty());
      for (const auto text : {row.fallback, row.minimum, row.maximum}) {
        if (!text.empty()) CHECK(read_cell(ParamInfo{.name = row.name, .type = row.type, .choices = row.choices}, text));
      }
    }
  }
}
