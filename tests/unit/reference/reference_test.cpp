#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "graph/plan.hpp"

using namespace rostrum;

namespace {

std::string committed(const char* file) {
  std::ifstream stream(std::string(SOURCE_DIR "/docs/") + file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

// Not CHECK(a == b): two texts of a thousand lines each say less than the remedy.
bool same(const char* file, const std::string& text) {
  return committed(file) == text;
}

}  // namespace

TEST_CASE("reference: docs/graph-reference.md is what the rows of the built-in kinds say") {
  CHECK_MESSAGE(same("graph-reference.md", graph::reference_markdown(Registry())),
                "run `./run docs` and commit docs/graph-reference.md");
}

TEST_CASE("reference: docs/rostrum.schema.json is what the rows of the built-in kinds say") {
  CHECK_MESSAGE(same("rostrum.schema.json", graph::schema(Registry())), "run `./run docs` and commit docs/rostrum.schema.json");
}
