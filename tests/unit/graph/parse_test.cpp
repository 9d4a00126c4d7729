#include "graph/parse.hpp"

#include <random>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "graph/tree.hpp"
#include "quick.hpp"

using namespace rostrum;
using graph::Value;

namespace {

/// The tree in one line; places behind '@' where asked.
std::string flat(const Value& value, bool places) {
  const std::string at = places ? fmt::format("@{}", value.mark.line) : "";
  std::string out;
  switch (value.shape) {
    case Value::Shape::none:
      return "null" + at;
    case Value::Shape::scalar:
      return value.text + at;
    case Value::Shape::list:
      for (const Value& item : value.items) out += (out.empty() ? "" : " ") + flat(item, places);
      return "[" + out + "]" + at;
    case Value::Shape::map:
      for (const graph::Entry& entry : value.entries)
        out += (out.empty() ? "" : " ") + entry.name + (places ? fmt::format("@{}", entry.mark.line) : "") + ":" +
               flat(entry.value, places);
      return "{" + out + "}" + at;
  }
  return out;
}

std::string tree(std::string_view text, bool places = false) {
  const auto value = graph::parse(text, "f");
  return value ? flat(*value, places) : value.error().message();
}

std::string quick(std::string_view text) {
  return test::quick([&] { return tree(text).substr(0, 200); });
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("parse: YAML and JSON come to the same tree with the same lines") {
  constexpr std::string_view yaml =
      "rostrum: 1\nnodes:\n  in: {kind: test, size: 1280x720}\n  hls:\n    from: [in.video, ladder]\n    part: 0.50\n    on: "
      "true\n    none:\n";
  constexpr std::string_view json =
      "{\"rostrum\": 1\n,\"nodes\": {\n  \"in\": {\"kind\": \"test\", \"size\": \"1280x720\"},\n  \"hls\": {\n    \"from\": "
      "[\"in.video\", \"ladder\"],\n"
      "    \"part\": 0.50\n,    \"on\": true,\n    \"none\": null}}}";
  CHECK(tree(yaml) ==
        "{rostrum:1 nodes:{in:{kind:test size:1280x720} hls:{from:[in.video ladder] part:0.50 on:true none:null}}}");
  CHECK(tree(json) == tree(yaml));
  CHECK(tree("a: 1\nb:\n  - x\n  - {c: 2}\n", true) == "{a@1:1@1 b@2:[x@3 {c@4:2@4}@4]@3}@1");
  CHECK(tree("{\"a\": 1\n,\"b\":\n  [\"x\",\n  {\"c\": 2\n}]}", true) == "{a@1:1@1 b@2:[x@3 {c@4:2@4}@4]@3}@1");
}

TEST_CASE("parse: a byte order mark is skipped, UTF-16 is refused") {
  CHECK(tree("\xef\xbb\xbfrostrum: 1") == "{rostrum:1}");
  CHECK(tree("\xef\xbb\xbf{\"rostrum\": 1}") == "{rostrum:1}");
  CHECK(tree("\xff\xfer") == "f:1: is UTF-16; save the file as UTF-8");
}

TEST_CASE("parse: what is no text is refused with its line") {
  CHECK(tree(std::string_view("a: 1\nb: \0", 9)) == "f:2: a control character (0x00); the file must be plain text");
  CHECK(tree("a: \x1b[31m") == "f:1: a control character (0x1b); the file must be plain text");
  CHECK(tree("{\"a\": \"\\u001b[31m\"}") == "f:1: an escaped control character; only \\n and \\t are taken");
  for (const char* bad : {"a: \xff", "a: \xc0\x80", "a: \xed\xa0\x80", "a: \xf4\x90\x80\x80", "a: \xe2\x82"})
    CHECK(tree(bad) == fmt::format("f:1: byte 0x{:02x} is no UTF-8; save the file as UTF-8", static_cast<unsigned char>(bad[3])));
  CHECK(tree("a: gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xa5") == "{a:gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xa5}");
}

TEST_CASE("parse: the root is a map") {
  CHECK(tree("") == "f:1: the file is empty; begin with rostrum: 1");
  CHECK(tree("# nothing\n---\n") == "f:1: the file is empty; begin with rostrum: 1");
  CHECK(tree("- a") == "f:1: is no map of keys and values; begin with rostrum: 1");
  CHECK(tree("\n\nhello") == "f:3: is no map of keys and values; begin with rostrum: 1");
}

TEST_CASE("parse: duplicate keys are refused in both syntaxes") {
  CHECK(tree("a: 1\nb: 2\na: 3\n") == "f:3: a stands twice, first in line 1; keep one");
  CHECK(tree("{\"a\": 1,\n\"b\": {\"c\": 1,\n\"c\": 2}}") == "f:3: c stands twice, first in line 2; keep one");
}

TEST_CASE("parse: YAML's anchors, aliases, tags, merge keys and further documents are refused") {
  constexpr const char* no_alias = "anchors (&) and aliases (*) are not taken; write the value out, or quote the text";
  CHECK(tree("a: &x 1\nb: *x\n") == fmt::format("f:1: {}", no_alias));
  CHECK(tree("a: 1\nb: *x\n") == fmt::format("f:2: is no YAML: {}", no_alias));
  CHECK(tree("a: !!str 1") == "f:1: tags (!) are not taken; write the plain value, or quote the text");
  CHECK(tree("a:\n  <<: {b: 1}\n") == "f:2: merge keys (<<) are not taken; write the values out");
  CHECK(tree("a: 1\n---\nb: 2\n") == "f:2: a second document; write one file for each");
  CHECK(tree("[a, b]: 1") == "f:1: a key must be one word; write name: value");
  CHECK(tree("~: 1") == "f:1: a key must be one word; write name: value");
  CHECK(tree("a: '&x'") == "{a:&x}");
  std::string bomb = "a0: &a0 [lol, lol, lol, lol]\n";
  for (int i = 1; i < 30; ++i) bomb += fmt::format("a{}: &a{} [*a{}, *a{}, *a{}, *a{}]\n", i, i, i - 1, i - 1, i - 1, i - 1);
  CHECK(quick(bomb) == fmt::format("f:1: {}", no_alias));
}

TEST_CASE("parse: broken syntax names the line and what to look at") {
  CHECK(
      tree("a: b: c\n") ==
      "f:1: is no YAML: illegal map value; look at the indentation here and in the line above, and quote text that holds \": \"");
  CHECK(tree("a:\n  b: 1\n c: 2\n") ==
        "f:3: is no YAML: end of map not found; look at the indentation here and in the line above, and quote text that holds "
        "\": \"");
  CHECK(tree("a: [1, 2\n") == "f:2: is no YAML: end of sequence flow not found");
  CHECK(tree("{\"a\": 1,\n}") ==
        "f:2: is no JSON: syntax error while parsing object key - unexpected '}'; expected string literal");
  CHECK(tree("{\"a\": 1} x") ==
        "f:1: is no JSON: syntax error while parsing value - invalid literal; last read: '1} x'; expected end of input");
}

TEST_CASE("parse: nesting is bounded before any parser recurses") {
  const std::string deep = "f:1: nested deeper than 64 levels";
  CHECK(quick("a: " + repeated("[", 100'000)).starts_with("f:1: "));
  CHECK(quick("a:\n  " + repeated("[\n  ", 100'000)).starts_with("f:2: "));
  CHECK(quick("a: " + repeated("[", 1000) + repeated("]", 1000)) == deep);
  CHECK(quick("a: " + repeated("{a: ", 100'000)) == deep);
  CHECK(quick("{\"a\": " + repeated("[", 100'000)) == deep);
  CHECK(quick("{\"a\": " + repeated("{\"a\": ", 100'000)) == deep);
  CHECK(quick(repeated("- ", 100'000)) == deep);
  CHECK(quick(repeated("? ", 100'000)).starts_with("f:1: "));
  CHECK(tree("a: " + repeated("[", 63) + repeated("]", 63)).starts_with("{a:"));
  std::string indented;
  for (std::size_t i = 0; i < 1000; ++i) indented += std::string(i, ' ') + "a:\n";
  CHECK(quick(indented) == "f:65: nested deeper than 64 levels");
}

TEST_CASE("parse: size and count are bounded, and a large file takes no long time") {
  CHECK(quick(std::string(graph::most_bytes + 1, ' ')) == "f:1: larger than 1048576 bytes; a file this large is no graph");
  CHECK(quick("a:\n" + repeated("- 1\n", 200'000)) == "f:100000: more than 100000 values; a file this large is no graph");
  CHECK(quick("{\"a\": [" + repeated("1,", 200'000) + "1]}") == "f:1: more than 100000 values; a file this large is no graph");
  std::string keys;
  for (int i = 0; keys.size() < 900'000; ++i) keys += fmt::format("k{}: 1\n", i);
  CHECK(quick(keys).starts_with("{k0:1 k1:1"));
  CHECK(quick("a: " + std::string(1'000'000, 'x')).starts_with("{a:xxx"));
  CHECK(quick(std::string(1'000'000, 'x') + ": 1").starts_with("f:1: is no YAML"));
  CHECK(quick("a: \"" + repeated("\\\n", 500'000) + "\"").starts_with("{a:"));
  CHECK(quick(repeated("\n", 1'000'000)) == "f:1: the file is empty; begin with rostrum: 1");
  CHECK(quick(repeated("#\n", 500'000)) == "f:1: the file is empty; begin with rostrum: 1");
  CHECK(quick("a: [" + repeated("{", 100'000)).starts_with("f:1: "));
  CHECK(quick("a: " + repeated("'", 999'998)).starts_with("{a:"));
  CHECK(quick("a: " + repeated("[a, ", 60) + repeated("b: c, ", 100'000)).starts_with("f:"));
  CHECK(quick(repeated("---\n", 250'000)).starts_with("f:"));
  CHECK(quick(repeated("%YAML 1.2\n", 100'000)).starts_with("f:"));
  CHECK(quick(repeated("a: |\n", 200'000)).starts_with("f:"));
  CHECK(quick(repeated("a: b: ", 150'000)).starts_with("f:"));
  CHECK(quick(repeated("[,", 500'000)).starts_with("f:"));
  CHECK(quick(repeated(": ", 500'000)).starts_with("f:"));
}

TEST_CASE("parse: random bytes and random syntax get an error, never more") {
  std::mt19937 random(7);
  std::string bytes(graph::most_bytes, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  CHECK(quick(bytes).starts_with("f:1: "));
  constexpr std::string_view alphabet = "{}[]:,-?|>'\"&*!%#@` \n\tab1";
  for (int round = 0; round < 3000; ++round) {
    std::string text(1 + random() % 200, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    (void)graph::parse(text, "f");
    (void)graph::parse("{" + text, "f");
  }
}

TEST_CASE("parse: a file that cannot be read says why") {
  const auto missing = graph::read_file("/nowhere/show.yaml");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == Errc::not_found);
  CHECK(missing.error().message() == "/nowhere/show.yaml: no such file");
  const auto folder = graph::read_file("/");
  REQUIRE_FALSE(folder.has_value());
  CHECK(folder.error().message() == "/: cannot be read: Is a directory");
}
