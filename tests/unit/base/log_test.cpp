#include <rostrum/log.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <string>

using namespace rostrum;

namespace {

/// What `f` writes to standard error.
template <class F>
std::string standard_error(F f) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  std::fflush(stderr);
  const int kept = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  f();
  std::fflush(stderr);
  dup2(kept, STDERR_FILENO);
  close(kept);
  std::string text(4096, '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("log: what a client sends forges no line and commands no terminal") {
  const std::string line = standard_error([] {
    log(Level::warning, "rtmp", "live/cam",
        "a\nb\x1b[2J\x7f \xc2\x9b"
        "31m caf\xc3\xa9 \xc2\xa9 \xc2");
  });
  CHECK(line.find("Z warn  rtmp live/cam: a?b?[2J? ?31m caf\xc3\xa9 \xc2\xa9 \xc2\n") != std::string::npos);
  CHECK(standard_error([] { log(Level::debug, "rtmp", "", "not asked for"); }).empty());
}
