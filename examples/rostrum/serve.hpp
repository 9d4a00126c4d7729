// `rostrum serve FILE`: doors open until a signal says otherwise; SIGHUP reads the certificates again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

struct ServeOptions {
  std::filesystem::path file;
  std::vector<std::filesystem::path> plugins;
  std::string bind;         // takes the place of every door's address; empty = as written
  std::string publish_key;  // not empty: publishers from other machines must bring ?key=KEY
};

/// The exit code: 0 drained after SIGTERM or SIGINT, 1 a door could not be opened, 2 the file does not check.
int serve(const ServeOptions&);
