#include <doctest/doctest.h>
#include <fmt/core.h>

#include "base/text.hpp"
#include "kinds.hpp"
#include "quick.hpp"

using namespace rostrum;
using test::graph_findings;
using test::plan_of;

namespace {

/// The findings of one graph's nodes, which begin in line 3.
std::string nodes(std::string_view text) {
  return graph_findings(fmt::format("rostrum: 1\nnodes:\n{}", text));
}

std::string quick(std::string_view text) {
  return test::quick([&] { return graph_findings(text); });
}

}  // namespace

TEST_CASE("check: a graph becomes a plan, sources first, ladders expanded, media known on every link") {
  CHECK(plan_of(R"(
rostrum: 1
stream: live/demo
nodes:
  hls:     {kind: hls, from: [in.video, ladder, aac, in.audio]}
  in:      {kind: publisher}
  picture: {kind: decode, from: in.video}
  ladder:  {kind: ladder, from: picture, rungs: [{name: 720p, bitrate: 2500k}, {name: 480p, bitrate: 1200k}]}
  aac:     {kind: encode, from: in.audio, codec: aac}
  whep:    {kind: whep, from: ladder.480p}
)") == R"(live/demo
in
picture <- in.video [encoded video]
ladder.720p.scale <- picture.out [raw video]
ladder.720p <- ladder.720p.scale.out [raw video]
ladder.480p.scale <- picture.out [raw video]
ladder.480p <- ladder.480p.scale.out [raw video]
aac <- in.audio [encoded audio]
hls <- in.video [encoded video] <- ladder.720p.out [encoded video] <- ladder.480p.out [encoded video] <- aac.out [encoded audio] <- in.audio [encoded audio]
whep <- ladder.480p.out [encoded video]
)");
}

TEST_CASE("check: a bare name means every port that the reader can take") {
  CHECK(plan_of("rostrum: 1\nnodes:\n  in: {kind: publisher}\n  hls: {kind: hls, from: in}\n  aac: {kind: encode, from: in, "
                "codec: aac}\n  b: {kind: hls, from: aac}\n") ==
        "live/main\nin\nhls <- in.video [encoded video] <- in.audio [encoded audio]\naac <- in.audio [encoded audio]\nb <- "
        "aac.out [encoded audio]\n");
}

TEST_CASE("check: JSON is checked like YAML") {
  CHECK(graph_findings("{\"rostrum\": 1,\n\"nodes\": {\n\"in\": {\"kind\": \"publisher\"},\n\"hls\": {\"kind\": "
                       "\"hls\",\n\"from\": [\"in\"],\n\"part\": 200}}}") ==
        "g:6 nodes.hls.part: 200 is no duration; write 200ms\n");
}

TEST_CASE("check: the file says its schema version") {
  CHECK(graph_findings("nodes: {a: {kind: camera}, b: {kind: encode, from: a, codec: h264}, c: {kind: hls, from: b}}") ==
        "g:1: does not say which version of the schema it is written for; begin with rostrum: 1\n");
  const auto version = [](const char* text) {
    return graph_findings(fmt::format("rostrum: {}\nnodes: {{in: {{kind: publisher}}, hls: {{kind: hls, from: in}}}}", text));
  };
  CHECK(version("2") == "g:1 rostrum: schema version 2 is newer than this rostrum, which knows 1\n");
  CHECK(version("yes") == "g:1 rostrum: is no version of the schema; write rostrum: 1\n");
}

TEST_CASE("check: keys at the top are known") {
  CHECK(graph_findings("rostrum: 1\nstraem: live/a\nnodes: {in: {kind: publisher}, hls: {kind: hls, from: in}}") ==
        "g:2 straem: no key straem here; did you mean stream?\n");
  CHECK(graph_findings("rostrum: 1\nxyzzy: live/a\nnodes: {in: {kind: publisher}, hls: {kind: hls, from: in}}") ==
        "g:2 xyzzy: no key xyzzy here; there are rostrum, stream and nodes\n");
  CHECK(graph_findings("rostrum: 1\n") == "g:1: has no nodes; add nodes: with name: {kind: ...} below\n");
  CHECK(graph_findings("rostrum: 1\nnodes: {}\n") == "g:2 nodes: has no nodes; write name: {kind: ...} below\n");
  CHECK(graph_findings("rostrum: 1\nstreams: {}\n") ==
        "g:1: is a service file, with doors and templates; `rostrum serve` runs it\n");
  CHECK(graph_findings("rostrum: 1\nstream: demo\nnodes: {in: {kind: publisher}, hls: {kind: hls, from: in}}") ==
        "g:2 stream: demo is no name of a stream; write app/name: live/main\n");
  CHECK(graph_findings("rostrum: 1\nstream: live/../etc\nnodes: {in: {kind: publisher}, hls: {kind: hls, from: in}}") ==
        "g:2 stream: live/../etc is no name of a stream; write app/name: live/main\n");
}

TEST_CASE("check: names and kinds of nodes") {
  CHECK(nodes("  In: {kind: publisher}\n  hls: {kind: hls, from: In}\n") ==
        "g:3 nodes.In: In is no name for a node; begin with a-z and use a-z, 0-9, _ and -\n");
  CHECK(nodes("  in: publisher\n") == "g:3 nodes.in: a node is a map; write in: {kind: ...}\n");
  CHECK(nodes("  in: {linger: 2s}\n") == "g:3 nodes.in: has no kind; add kind: ..., `rostrum inspect` lists them\n");
  CHECK(nodes("  in: {kind: publsher}\n") == "g:3 nodes.in.kind: no kind publsher; did you mean publisher?\n");
  CHECK(nodes("  in: {kind: zebra}\n") == "g:3 nodes.in.kind: no kind zebra; `rostrum inspect` lists what there is\n");
  CHECK(nodes("  in: {kind: [a]}\n") == "g:3 nodes.in.kind: a list does not go here; write the name of a kind\n");
  CHECK(nodes("  in: {kind: }\n") == "g:3 nodes.in.kind: has no value; write the name of a kind, or leave the line out\n");
}

TEST_CASE("check: parameters have a name, a type, a unit and a range, and all that is wrong is said at once, in order") {
  CHECK(nodes(R"(  in:  {kind: publisher}
  hls:
    kind: hls
    from: in
    parts: 200ms
    part: 50ms
    window: none
    low_latency: yes
)") == R"(g:7 nodes.hls.parts: hls has no parameter parts; did you mean part?
g:8 nodes.hls.part: 50ms is too little; write 100ms to 2s
g:9 nodes.hls.window: none is no window; write a count of segments (3) or a duration (30s)
g:10 nodes.hls.low_latency: yes is no boolean; write true
)");
  CHECK(nodes("  in: {kind: publisher}\n  hls: {kind: hls, form: in}\n") ==
        "g:4 nodes.hls.form: hls has no parameter form; did you mean from?\n");
}

TEST_CASE("check: lists of maps are read row by row") {
  const auto ladder = [](const char* rungs) {
    return nodes(
        fmt::format("  cam: {{kind: camera}}\n  ladder:\n    kind: ladder\n    from: cam\n    rungs: {}\n  hls: {{kind: hls, "
                    "from: ladder}}\n",
                    rungs));
  };
  CHECK(ladder("[{name: a, bitrate: 1M}]") == "");
  CHECK(ladder("720p") == "g:7 nodes.ladder.rungs: takes a list of maps, not text; write [{name: text, ...}, ...]\n");
  CHECK(ladder("[720p]") == "g:7 nodes.ladder.rungs[0]: takes a map, not text; write {name: text, ...}\n");
  CHECK(ladder("[{name: a}, {name: b, bitrate: 2500, hight: 2}]") ==
        "g:7 nodes.ladder.rungs[0]: rungs[0] needs bitrate; add bitrate: 2500k\n"
        "g:7 nodes.ladder.rungs[1].bitrate: 2500 is no bitrate; write 2500k\n"
        "g:7 nodes.ladder.rungs[1].hight: rungs[1] has no parameter hight; there are name and bitrate\n");
  CHECK(ladder("[{name: odd, bitrate: 1M}]") == "g:7 nodes.ladder.rungs[0].name: odd is odd\n");
  CHECK(ladder("[{name: fail, bitrate: 1M}]") == "g:7 nodes.ladder.rungs: a rung called fail\n");
  CHECK(ladder("[{name: broken, bitrate: 1M}]") ==
        "g:4 nodes.ladder: the kind ladder expands into ladder.broken, whose kind nothing does not exist\n");
  CHECK(nodes("  cam: {kind: camera}\n  l: {kind: ladder, from: cam}\n  hls: {kind: hls, from: l}\n") ==
        "g:4 nodes.l: ladder needs rungs; add rungs: [{...}]\n");
}

TEST_CASE("check: references name nodes, ports and parts") {
  const auto from = [](const char* text) {
    return nodes(
        fmt::format("  in: {{kind: publisher}}\n  cam: {{kind: camera}}\n  ladder: {{kind: ladder, from: cam, rungs: [{{name: "
                    "720p, bitrate: 1M}}]}}\n"
                    "  w: {{kind: hls, from: [in, ladder]}}\n  hls: {{kind: hls, from: {}}}\n",
                    text));
  };
  CHECK(from("in.video") == "");
  CHECK(from("ladder.720p") == "");
  CHECK(from("ladder.720p.out") == "");
  CHECK(from("lader") == "g:7 nodes.hls.from: no node lader; did you mean ladder?\n");
  CHECK(from("[in.vidoe]") == "g:7 nodes.hls.from[0]: in gives no vidoe; did you mean video?\n");
  CHECK(from("in.data") == "g:7 nodes.hls.from: in gives no data; there are video and audio\n");
  CHECK(from("ladder.480p") == "g:7 nodes.hls.from: ladder has no 480p; there is only 720p\n");
  CHECK(from("ladder.720p.scale") == "g:7 nodes.hls.from: ladder.720p gives no scale; there is only out\n");
  CHECK(from("w") == "g:7 nodes.hls.from: w is a sink and gives nothing to read\n");
  CHECK(from("zebra") == "g:7 nodes.hls.from: no node zebra; there are in, cam, ladder, w and hls\n");
  CHECK(from("[in.video, in.video]") == "g:7 nodes.hls.from[1]: in.video is read twice; once is enough\n");
  CHECK(from("{a: b}") == "g:7 nodes.hls.from: a map does not go here; write the name of a node\n");
  CHECK(from("[]") == "g:7 nodes.hls: reads nothing; add from: NODE, one that gives encoded video or audio\n");
}

TEST_CASE("check: a mistake of a node that stands for several is said once") {
  CHECK(nodes("  cam: {kind: camera}\n  e: {kind: encode, from: cam, codec: h264}\n  l: {kind: ladder, from: cma, rungs: [{name: "
              "a, bitrate: 1M}, {name: b, "
              "bitrate: 1M}]}\n  hls: {kind: hls, from: [l, e]}\n") == "g:5 nodes.l.from: no node cma; did you mean cam?\n");
  CHECK(nodes("  in: {kind: publisher}\n  l: {kind: ladder, from: in.video, rungs: [{name: a, bitrate: 1M}, {name: b, bitrate: "
              "1M}]}\n  hls: {kind: hls, from: [l, "
              "in.audio]}\n") == "g:4 nodes.l.from: in.video gives encoded video, l takes raw video: put a decode between\n");
}

TEST_CASE("check: media classes that do not meet are found, with what to put between") {
  CHECK(nodes("  cam: {kind: camera}\n  hls: {kind: hls, from: cam}\n") ==
        "g:4 nodes.hls.from: cam gives raw video, hls takes encoded video or audio: put an encode between\n");
  CHECK(nodes("  in: {kind: publisher}\n  s: {kind: scale, from: in.video}\n  e: {kind: encode, from: s, codec: h264}\n  hls: "
              "{kind: hls, from: [e, in.audio]}\n") ==
        "g:4 nodes.s.from: in.video gives encoded video, s takes raw video: put a decode between\n");
  CHECK(nodes("  in: {kind: publisher}\n  e: {kind: encode, from: in.video, codec: h264}\n  hls: {kind: hls, from: e}\n") ==
        "g:4 nodes.e.from: in.video gives encoded video, e takes raw video: put a decode between\n");
  CHECK(nodes("  in: {kind: publisher}\n  d: {kind: decode, from: in.audio}\n  s: {kind: scale, from: d}\n  e: {kind: encode, "
              "from: s, codec: h264}\n  hls: {kind: hls, from: e}\n") ==
        "g:5 nodes.s.from: d gives raw audio, s takes raw video: read another node\n");
  CHECK(nodes("  cam: {kind: camera}\n  e: {kind: encode, from: cam, codec: aac}\n  hls: {kind: hls, from: e}\n") ==
        "g:4 nodes.e.from: cam gives raw video, and aac is no codec for it; write codec: h264\n");
  CHECK(nodes("  in: {kind: publisher}\n  d: {kind: decode, from: in}\n  e: {kind: encode, from: d, codec: h264}\n  hls: {kind: "
              "hls, from: e}\n") == "g:4 nodes.d.from: d reads one input and in gives several; write in.video or in.audio\n");
  CHECK(nodes("  a: {kind: camera}\n  b: {kind: camera}\n  e: {kind: encode, from: [a, b], codec: h264}\n  hls: {kind: hls, "
              "from: e}\n") == "g:5 nodes.e.from[1]: e reads one input and already has a; add a second encode for b\n");
  CHECK(nodes("  a: {kind: camera, from: b}\n  b: {kind: camera}\n  e: {kind: encode, from: a, codec: h264}\n  hls: {kind: hls, "
              "from: e}\n") == "g:3 nodes.a.from: camera is a source and reads nothing; take `from` out\n");
  CHECK(nodes("  a: {kind: camera}\n  m: {kind: mix, from: a}\n  e: {kind: encode, from: m, codec: h264}\n  hls: {kind: hls, "
              "from: e}\n") == "g:4 nodes.m: nothing feeds its port audio, which takes raw audio; add a node to `from`\n");
}

TEST_CASE("check: what a node reads is judged where its kind or its parameters are wrong too") {
  CHECK(nodes("  cam: {kind: camera}\n  l: {kind: ladder, from: cma, rungs: [{name: x}]}\n  m: {kind: mxi, from: cma}\n  hls: "
              "{kind: hls, from: l}\n") ==
        "g:4 nodes.l.from: no node cma; did you mean cam?\n"
        "g:4 nodes.l.rungs[0]: rungs[0] needs bitrate; add bitrate: 2500k\n"
        "g:5 nodes.m.kind: no kind mxi; did you mean mix?\n"
        "g:5 nodes.m.from: no node cma; did you mean cam?\n");
}

TEST_CASE("check: a kind's own check may find several things") {
  CHECK(nodes("  cam: {kind: camera}\n  l: {kind: ladder, from: cam, rungs: [{name: odd, bitrate: 1M}, {name: odd, bitrate: "
              "1M}]}\n  hls: {kind: hls, from: l}\n") ==
        "g:4 nodes.l.rungs[0].name: odd is odd\ng:4 nodes.l.rungs[1].name: odd is odd\n");
}

TEST_CASE("check: a ladder reads one picture") {
  CHECK(nodes("  a: {kind: camera}\n  b: {kind: camera}\n  l: {kind: ladder, from: [a, b], rungs: [{name: x, bitrate: 1M}]}\n  "
              "hls: {kind: hls, from: l}\n") ==
        "g:5 nodes.l.from[1]: l reads one input and already has a; add a second ladder for b\n");
}

TEST_CASE("check: a codec that the sink cannot carry is an error where it is fixed, and a warning where a publisher decides") {
  CHECK(nodes("  in: {kind: publisher}\n  whep: {kind: whep, from: in}\n") ==
        "warning g:4 nodes.whep.from: in.video may bring hevc, and whep carries h264: such a track is refused; an encode between "
        "takes it\n"
        "warning g:4 nodes.whep.from: in.audio may bring aac, and whep carries opus: such a track is refused; an encode between "
        "takes it\n");
  CHECK(nodes("  in: {kind: publisher}\n  aac: {kind: encode, from: in.audio, codec: aac}\n  whep: {kind: whep, from: aac}\n") ==
        "g:5 nodes.whep.from: aac gives aac, and whep carries opus; encode to one of those\n");
}

TEST_CASE("check: circles are named by the nodes that stand in the file") {
  CHECK(nodes("  a: {kind: scale, from: c}\n  b: {kind: scale, from: a}\n  c: {kind: scale, from: b}\n  e: {kind: encode, from: "
              "c, codec: h264}\n  hls: {kind: hls, from: e}\n") ==
        "g:3 nodes.a: a circle: a reads c, c reads b, b reads a; media flows one way\n");
  CHECK(nodes("  a: {kind: scale, from: a}\n  e: {kind: encode, from: a, codec: h264}\n  hls: {kind: hls, from: e}\n") ==
        "g:3 nodes.a: a circle: a reads itself; media flows one way\n");
  CHECK(nodes("  d: {kind: decode, from: ladder}\n  ladder: {kind: ladder, from: d, rungs: [{name: a, bitrate: 1M}]}\n  hls: "
              "{kind: hls, from: ladder}\n") == "g:3 nodes.d: a circle: d reads ladder, ladder reads d; media flows one way\n");
}

TEST_CASE("check: what nothing reads is a warning") {
  CHECK(nodes("  in: {kind: publisher}\n  hls: {kind: hls, from: in}\n  aac: {kind: encode, from: in.audio, codec: aac}\n") ==
        "warning g:5 nodes.aac: nothing reads aac, so it does not run\n");
  CHECK(nodes("  cam: {kind: camera}\n  l: {kind: ladder, from: cam, rungs: [{name: a, bitrate: 1M}, {name: b, bitrate: 1M}]}\n  "
              "hls: {kind: hls, from: l.a}\n") == "warning g:4 nodes.l: nothing reads l.b, so it does not run\n");
}

TEST_CASE("check: elements that are not installed are named once, with what the house says about them") {
  int asked = 0;
  const auto missing = [&](std::string_view elements) -> std::vector<std::string> {
    ++asked;
    if (elements == "v4l2src") return {};
    CHECK(elements == "x264enc|openh264enc avenc_aac");
    return {"x264enc or openh264enc (apt install gstreamer1.0-plugins-ugly)"};
  };
  CHECK(graph_findings("rostrum: 1\nnodes:\n  a: {kind: camera}\n  e: {kind: encode, from: a, codec: h264}\n  f: {kind: encode, "
                       "from: a, codec: h264}\n  hls: {kind: hls, from: [e, f]}\n",
                       missing) == "g:4 nodes.e: encode needs x264enc or openh264enc (apt install gstreamer1.0-plugins-ugly)\n");
  CHECK(asked == 2);
}

TEST_CASE("check: the environment is read in values, and its text is not shown") {
  ::setenv("ROSTRUM_TEST_PART", "200ms", 1);
  ::setenv("ROSTRUM_TEST_SECRET", "hunter2", 1);
  ::unsetenv("ROSTRUM_TEST_NONE");
  const auto part = [](const char* text) {
    return nodes(fmt::format("  in: {{kind: publisher}}\n  hls: {{kind: hls, from: in, part: \"{}\"}}\n", text));
  };
  CHECK(part("${ROSTRUM_TEST_PART}") == "");
  CHECK(part("${ROSTRUM_TEST_NONE}") ==
        "g:4 nodes.hls.part: the environment has no ROSTRUM_TEST_NONE; set it, or write $${ for the characters themselves\n");
  CHECK(part("${ROSTRUM_TEST_SECRET}") ==
        "g:4 nodes.hls.part: ${ROSTRUM_TEST_SECRET} does not give a duration within bounds; set it to one like 500ms\n");
  CHECK(part("${a b}") ==
        "g:4 nodes.hls.part: \"a b\" is no name of an environment variable; write $${ for the characters themselves\n");
  CHECK(part("${a") == "g:4 nodes.hls.part: ${ without its }; write $${ for the characters themselves\n");
}

TEST_CASE("check: launch syntax and escaped variables in a text stay text") {
  const auto parsed = Graph::parse(
      "rostrum: 1\nnodes:\n  cam: {kind: camera}\n  e: {kind: encode, from: cam, codec: h264, caption: \"hi ! fakesink name=x "
      "$${HOME} $5\"}\n  hls: {kind: hls, from: e}\n");
  REQUIRE(parsed.has_value());
  const auto registry = test::registry_of_kinds();
  const auto checked = graph::check(*parsed, *registry);
  REQUIRE(checked.plan.has_value());
  CHECK(checked.plan->nodes[1].params.text("caption") == "hi ! fakesink name=x ${HOME} $5");
}

TEST_CASE("check: hostile graphs get an answer in bounded time") {
  std::string many = "rostrum: 1\nnodes:\n";
  for (int i = 0; i < 10'000; ++i) many += fmt::format("  n{}: {{kind: scale, from: n{}}}\n", i, (i + 1) % 10'000);
  CHECK(quick(many) == "g:2 nodes: 10000 nodes; a graph has at most 1000\n");

  std::string circle = "rostrum: 1\nnodes:\n";
  for (int i = 0; i < 1000; ++i) circle += fmt::format("  n{}: {{kind: scale, from: n{}}}\n", i, (i + 1) % 1000);
  CHECK(quick(circle) ==
        "g:3 nodes.n0: a circle: n0 reads n1, n1 reads n2, n2 reads n3, n3 reads n4, n4 reads n5, and so on through 1000 nodes; "
        "media flows one way\n");

  std::string rungs = "rostrum: 1\nnodes:\n  c: {kind: camera}\n  l: {kind: ladder, from: c, rungs: [";
  for (int i = 0; i < 20'000; ++i) rungs += fmt::format("{}{{name: r{}, bitrate: 1M}}", i ? "," : "", i);
  CHECK(quick(rungs + "]}\n  h: {kind: hls, from: l}\n") == "g:2 nodes: 40002 nodes; a graph has at most 1000\n");

  std::string links = "rostrum: 1\nnodes:\n  c: {kind: camera}\n  l: {kind: ladder, from: c, rungs: [";
  for (int i = 0; i < 400; ++i) links += fmt::format("{}{{name: r{}, bitrate: 1M}}", i ? "," : "", i);
  links += "]}\n  h: {kind: hls, from: [";
  for (int i = 0; i < 50'000; ++i) links += "l,";
  const std::string answer = quick(links + "l]}\n");
  CHECK(answer.find("more than 10000 links in one graph") != answer.npos);

  std::string unknown = "rostrum: 1\nnodes:\n  c:\n    kind: camera\n";
  for (int i = 0; i < 50'000; ++i) unknown += fmt::format("    elementz{}: 1\n", i);
  const std::string garbage = quick(unknown);
  CHECK(garbage.find("g: and 49901 findings more; mend these first") != garbage.npos);
  CHECK(quick("rostrum: 1\nnodes: {" + std::string(900, 'x') + ": {kind: " + std::string(1'000'000, 'k') + "}}").find("\"...") ==
        std::string::npos);
}
