// The fuzzers as a table, made by CMake.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

struct Target {
  std::string_view name;  // "fuzz_rtmp_amf": also its folder in the corpus
  int (*run)(const std::uint8_t* data, std::size_t size);
};
const std::vector<Target>& targets();
