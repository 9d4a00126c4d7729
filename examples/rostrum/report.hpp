// What people read when something is wrong; coloured on a terminal only.
#pragma once

#include <cstdio>
#include <filesystem>
#include <vector>

#include <rostrum/error.hpp>

/// "error: place: what" on standard error.
void report(const rostrum::Error&);

/// One line a finding, "place: what", so that editors find the place; warnings begin with "warning: ". True where one is an
/// error.
bool report(const std::vector<rostrum::Error>&, std::FILE* stream = stderr);

/// "show.yaml: fine" or "show.yaml: 2 errors, 1 warning" on standard error.
void summarise(const std::filesystem::path& file, const std::vector<rostrum::Error>&);
