// Runs every kept input through its fuzzer, without fuzzing: what once crashed must not crash again. replay_corpus FOLDER
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "replay/targets.hpp"

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Whole, and cut short at several places: most mistakes of parsers are at the end of what came.
std::size_t replay(const Target& target, const std::string& input) {
  std::size_t runs = 0;
  for (std::size_t size = input.size();; size = size * 7 / 8) {
    const std::vector<std::uint8_t> exact(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
    target.run(exact.data(), exact.size());
    ++runs;
    if (size == 0) return runs;
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) return std::fputs("usage: replay_corpus FOLDER\n", stderr), 2;
  int missing = 0;
  for (const Target& target : targets()) {
    const std::filesystem::path folder = std::filesystem::path(words[1]) / target.name;
    std::size_t inputs = 0, runs = 0;
    if (std::filesystem::is_directory(folder)) {
      for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::printf("%s\n", entry.path().c_str());
        std::fflush(stdout);  // the last line names what crashed
        runs += replay(target, read(entry.path()));
        ++inputs;
      }
    }
    std::printf("%s: %zu inputs, %zu runs\n", std::string(target.name).c_str(), inputs, runs);
    missing += inputs == 0;
  }
  if (missing > 0) std::fprintf(stderr, "%d fuzzers have no kept input\n", missing);
  return missing > 0 ? 1 : 0;
}
