#include "core/test_picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>

namespace rostrum::core {
namespace {

constexpr int columns = 5;
constexpr int lines = 7;
using Glyph = std::array<std::uint8_t, lines>;  // a bit a dot, the highest of five leftmost

constexpr std::array<Glyph, 12> glyphs{{
    {14, 17, 19, 21, 25, 17, 14},
    {4, 12, 4, 4, 4, 4, 14},
    {14, 17, 1, 2, 4, 8, 31},
    {31, 2, 4, 2, 1, 17, 14},
    {2, 6, 10, 18, 31, 2, 2},
    {31, 16, 30, 1, 1, 17, 14},
    {6, 8, 16, 30, 17, 17, 14},
    {31, 1, 2, 4, 8, 8, 8},
    {14, 17, 17, 14, 17, 17, 14},
    {14, 17, 17, 15, 1, 2, 12},
    {0, 4, 4, 0, 4, 4, 0},
    {0, 0, 0, 0, 0, 12, 12},
}};

const Glyph* glyph_of(char c) {
  if (c >= '0' && c <= '9') return &glyphs[static_cast<std::size_t>(c - '0')];
  if (c == ':') return &glyphs[10];
  return c == '.' ? &glyphs[11] : nullptr;
}

}  // namespace

void fill(const Plane& plane, int x, int y, int width, int height, std::uint8_t value) {
  const int right = std::min(x + width, plane.width), bottom = std::min(y + height, plane.height);
  x = std::max(x, 0);
  for (y = std::max(y, 0); y < bottom && x < right; ++y)
    std::memset(plane.data + std::ptrdiff_t{y} * plane.stride + x, value, right - x);
}

void write(const Plane& luma, int x, int y, int dot, std::string_view text) {
  fill(luma, x - dot, y - dot, (static_cast<int>(text.size()) * (columns + 1) + 1) * dot, (lines + 2) * dot, 16);
  for (const char c : text) {
    const Glyph* glyph = glyph_of(c);
    for (int line = 0; glyph && line < lines; ++line) {
      for (int column = 0; column < columns; ++column) {
        if ((*glyph)[static_cast<std::size_t>(line)] >> (columns - 1 - column) & 1)
          fill(luma, x + column * dot, y + line * dot, dot, dot, 235);
      }
    }
    x += (columns + 1) * dot;
  }
}

void beep(std::span<std::int16_t> samples, std::int64_t first_sample, int rate) {
  const std::int64_t length = flash_ns * rate / 1'000'000'000;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::int64_t in_second = (first_sample + static_cast<std::int64_t>(i)) % rate;
    const double angle = 2 * std::numbers::pi * 1000 * static_cast<double>(in_second) / rate;
    samples[i] = in_second < length ? static_cast<std::int16_t>(16000 * std::sin(angle)) : std::int16_t{0};
  }
}

}  // namespace rostrum::core
