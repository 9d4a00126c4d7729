// What people read when something is wrong.
#pragma once

#include <algorithm>
#include <cstdio>
#include <vector>

#include <rostrum/error.hpp>

/// One line a finding, on standard error. True where one of them is an error.
inline bool report(const std::vector<rostrum::Error>& findings) {
  for (const rostrum::Error& finding : findings)
    std::fprintf(stderr, "%s: %s\n", finding.severity == rostrum::Severity::warning ? "warning" : "error", finding.message().c_str());
  return std::ranges::any_of(findings, [](const rostrum::Error& f) { return f.severity == rostrum::Severity::error; });
}
inline void report(const rostrum::Error& error) { (void)report(std::vector{error}); }
