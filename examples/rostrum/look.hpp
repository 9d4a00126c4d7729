// The verbs that look and start nothing: check, inspect, schema, dot.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

struct LookOptions {
  std::filesystem::path file;
  std::string kind;  // inspect: empty = all
  bool markdown = false;
  bool names = false;
  std::vector<std::filesystem::path> plugins;
};

// Each gives the exit code: 0, or 2 where the file does not check or the kind is not known.
int check(const LookOptions&);
int inspect(const LookOptions&);
int schema(const LookOptions&);
int dot(const LookOptions&);
