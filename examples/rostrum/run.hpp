// `rostrum run GRAPH`: one graph to its end.
#pragma once

#include <filesystem>
#include <vector>

struct RunOptions {
  std::filesystem::path file;
  std::vector<std::filesystem::path> plugins;
};

/// The exit code: 0 its sources ended, or SIGINT; 1 the stream failed; 2 the graph does not check.
int run(const RunOptions&);
