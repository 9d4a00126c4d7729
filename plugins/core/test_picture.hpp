// What the test source adds to its picture and sound.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rostrum::core {

/// One 8-bit plane.
struct Plane {
  std::uint8_t* data = nullptr;
  int stride = 0;
  int width = 0;
  int height = 0;
};

/// Fills a rectangle, cut to the plane.
void fill(const Plane&, int x, int y, int width, int height, std::uint8_t value);
/// White digits, ':', '.' and ' ' on black; each 5x7 dot is `dot` pixels wide. Cut to the plane.
void write(const Plane& luma, int x, int y, int dot, std::string_view text);

/// How long flash and beep last, from each full second of the source's time.
inline constexpr std::int64_t flash_ns = 100'000'000;

/// A 1 kHz tone into mono samples that begin at `first_sample`, in the first 100 ms of each second; silence elsewhere.
void beep(std::span<std::int16_t> samples, std::int64_t first_sample, int rate);

}  // namespace rostrum::core
