#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "graph/row_text.hpp"
#include "kinds.hpp"

using namespace rostrum;

namespace {

std::string inspect(std::string_view name) {
  const auto text = graph::inspect(*test::registry_of_kinds(), name);
  return text ? *text : text.error().message();
}

std::size_t widest(std::string_view text) {
  std::size_t out = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out = std::max(out, end - at);
    at = end + 1;
  }
  return out;
}

}  // namespace

TEST_CASE("dot: a graph is drawn as written, with what does not exist in red") {
  const auto parsed = Graph::parse(
      "rostrum: 1\nstream: live/a\nnodes:\n  in: {kind: publisher}\n  hls: {kind: hls, from: [in.video, gone]}\n  \"q\\\"\": "
      "{kind: hls, from: in}\n");
  REQUIRE(parsed.has_value());
  const std::string dot = parsed->dot();
  CHECK(dot.substr(dot.find("  label")) == R"dot(  label="live/a";
  "in" [label="in\npublisher"];
  "hls" [label="hls"];
  "q\"" [label="q\"\nhls"];
  "in" -> "hls" [label="video"];
  "gone" [label="gone\n(no such node)", style=dashed, color=red];
  "gone" -> "hls";
  "in" -> "q\"";
}
)dot");
}

TEST_CASE("dot: a service is drawn with a box for each template") {
  const auto parsed = Service::parse("streams: {\"live/{name}\": {in: {kind: publisher}, hls: {kind: hls, from: in}}}");
  REQUIRE(parsed.has_value());
  const std::string dot = parsed->dot();
  CHECK(dot.find("subgraph cluster_0 {\n    label=\"live/{name}\"") != dot.npos);
  CHECK(dot.find("    \"live/{name}:in\" -> \"live/{name}:hls\";\n") != dot.npos);
}

TEST_CASE("inspect: the list has every kind and door, within 80 columns") {
  const std::string text = graph::inspect(*test::registry_of_kinds());
  for (const char* word : {"\nSources\n", "\n  camera", "\nFilters\n", "\n  ladder", "\nSinks\n", "\n  hls", "\nDoors",
                           "\n  http ", "\n  https", "\n  rtmp"})
    CHECK_MESSAGE(text.find(word) != text.npos, word);
  CHECK(widest(text) <= 80);
}

TEST_CASE("inspect: one kind shows ports and parameters with type, range and default") {
  CHECK(inspect("hls") == R"(hls (sink):

Reads
  in        encoded video or audio (h264, hevc, aac or opus), any number

Parameters
  part         duration, 100ms to 2s, default 500ms
  window       count or duration, default 3
  low_latency  boolean, default true
)");
  CHECK(inspect("ladder") == R"(ladder (filter):

Reads
  in        raw video

Gives
  out       encoded video

Parameters
  rungs      list of maps, required
    name     string, required
    bitrate  bitrate, required
)");
  CHECK(inspect("encode").find("h264 | aac | opus, required") != std::string::npos);
  CHECK(inspect("encode").find("\nNeeds\n  x264enc or openh264enc") != std::string::npos);
  CHECK(inspect("rtmp").find("  bind") != std::string::npos);
  CHECK(inspect("lader") == "no kind lader; did you mean ladder?");
  CHECK(inspect("zebra") == "no kind zebra; `rostrum inspect` lists what there is");
}

TEST_CASE("schema: is JSON, knows every kind, and says what a row says") {
  const auto schema = nlohmann::json::parse(graph::schema(*test::registry_of_kinds()));
  CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  const auto& defs = schema["$defs"];
  CHECK(defs["node"]["properties"]["kind"]["enum"].size() == 9);
  CHECK(defs["kind.hls"]["properties"]["part"]["default"] == "500ms");
  CHECK(defs["kind.hls"]["properties"]["window"]["default"] == 3);
  CHECK(defs["kind.hls"]["properties"]["low_latency"]["default"] == true);
  CHECK(defs["kind.hls"]["additionalProperties"] == false);
  CHECK(defs["kind.encode"]["required"] == nlohmann::json::array({"kind", "codec"}));
  CHECK(defs["kind.ladder"]["properties"]["rungs"]["items"]["required"] == nlohmann::json::array({"name", "bitrate"}));
  CHECK_FALSE(defs["kind.camera"]["properties"].contains("from"));
  CHECK(defs["service"]["properties"]["listen"]["properties"].contains("rtmp"));
}

TEST_CASE("reference: every kind and door has its section, and no cell breaks its table") {
  const std::string text = graph::reference_markdown(*test::registry_of_kinds());
  for (const char* part : {"\n### ladder\n", "\n### rtmp\n", "\n### https\n", "| `rungs[].bitrate` | bitrate | required |",
                           "| `codec` | `h264`, `aac`, `opus` | required |", "| `part` | duration | `500ms` | 100ms to 2s |"})
    CHECK_MESSAGE(text.find(part) != text.npos, part);
}

TEST_CASE("set: one value is read like the file's") {
  const auto registry = test::registry_of_kinds();
  const KindInfo& hls = *registry->kind("hls");
  const auto parsed = Graph::parse("rostrum: 1\nnodes: {in: {kind: publisher}, hls: {kind: hls, from: in, part: 200ms}}");
  const auto checked = graph::check(*parsed, *registry);
  REQUIRE(checked.plan.has_value());
  const Params& before = checked.plan->nodes[1].params;
  const auto after = graph::with(before, hls.params, "window", "30s");
  REQUIRE(after.has_value());
  CHECK(after->duration("window") == std::chrono::seconds(30));
  CHECK(after->duration("part") == std::chrono::milliseconds(200));
  CHECK(graph::with(before, hls.params, "part", "200").error().what == "200 is no duration; write 200ms");
  CHECK(graph::with(before, hls.params, "parts", "1s").error().what == "no parameter parts; did you mean part?");
  CHECK(graph::with(before, hls.params, "part", "${HOME}")
            .error()
            .what.starts_with("${HOME} is no duration"));  // a caller does not see our environment
}

TEST_CASE("load: a file is a graph or a service by what stands at its top") {
  const auto write = [](std::string_view text) {
    const auto path = std::filesystem::temp_directory_path() / fmt::format("rostrum-load-{}.yaml", ::getpid());
    std::ofstream(path) << text;
    auto loaded = load_file(path);
    std::filesystem::remove(path);
    REQUIRE(loaded.has_value());
    return std::holds_alternative<Service>(*loaded);
  };
  CHECK(write("streams: {}\n"));
  CHECK(write("listen: {}\n"));
  CHECK_FALSE(write("nodes: {}\n"));
  CHECK(load_file("/nowhere.yaml").error().code == Errc::not_found);
}
