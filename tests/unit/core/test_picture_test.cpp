#include <cstdlib>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/test_picture.hpp"

using namespace rostrum::core;

TEST_CASE("core: drawing stays within the plane") {
  std::vector<std::uint8_t> guarded(64 + 8 * 16 + 64, 7);
  const Plane plane{.data = guarded.data() + 64, .stride = 16, .width = 12, .height = 8};
  fill(plane, -4, -4, 100, 100, 9);
  write(plane, 3, 2, 3, "0123456789:.?");
  write(plane, -40, -40, 1, "88");
  for (std::size_t i = 0; i < guarded.size(); ++i) {
    const bool inside = i >= 64 && i < 64 + 8 * 16 && (i - 64) % 16 < 12;
    if (!inside) CHECK(guarded[i] == 7);
  }
}

TEST_CASE("core: digits are seven dots high and five wide") {
  std::vector<std::uint8_t> pixels(8 * 10, 100);
  const Plane plane{.data = pixels.data(), .stride = 8, .width = 8, .height = 10};
  write(plane, 1, 1, 1, "1");
  std::string seen;
  for (int y = 1; y < 8; ++y) {
    for (int x = 1; x < 6; ++x) seen += pixels[static_cast<std::size_t>(y * 8 + x)] == 235 ? '#' : '.';
    seen += '\n';
  }
  CHECK(seen == "..#..\n.##..\n..#..\n..#..\n..#..\n..#..\n.###.\n");
}

TEST_CASE("core: the beep fills the first tenth of each second and nothing else") {
  std::vector<std::int16_t> samples(96000, 1);
  beep(samples, 48000 * 7, 48000);
  int loud = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i % 48000 >= 4800) REQUIRE(samples[i] == 0);
    loud += std::abs(samples[i]) > 8000;
  }
  CHECK(loud > 4800);
}
