#include "report.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

using rostrum::Error;
using rostrum::Severity;

namespace {

constexpr std::string_view bold = "1", red = "31", green = "32", yellow = "33";

/// Not in files and pipes, nor where NO_COLOR (no-color.org) asks for none.
std::string painted(std::FILE* stream, std::string_view colour, const std::string& text) {
  const char* none = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool plain = !isatty(fileno(stream)) || (none && *none) || !terminal || std::string_view(terminal) == "dumb";
  return plain || text.empty() ? text : "\033[" + std::string(colour) + "m" + text + "\033[0m";
}

std::string line(std::FILE* stream, const Error& error) {
  return (error.where.empty() ? "" : painted(stream, bold, error.where) + ": ") + error.what + "\n";
}

std::string counted(std::ptrdiff_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::ptrdiff_t errors(const std::vector<Error>& findings) {
  return std::ranges::count(findings, Severity::error, &Error::severity);
}

}  // namespace

void report(const Error& error) {
  std::fputs((painted(stderr, red, "error: ") + line(stderr, error)).c_str(), stderr);
}

bool report(const std::vector<Error>& findings, std::FILE* stream) {
  for (const Error& finding : findings) {
    const bool warning = finding.severity == Severity::warning;
    std::fputs(((warning ? painted(stream, yellow, "warning: ") : "") + line(stream, finding)).c_str(), stream);
  }
  std::fflush(stream);
  return errors(findings) > 0;
}

void summarise(const std::filesystem::path& file, const std::vector<Error>& findings) {
  const std::ptrdiff_t wrong = errors(findings), warnings = std::ssize(findings) - wrong;
  std::string text = wrong > 0 ? painted(stderr, red, counted(wrong, "error")) : painted(stderr, green, "fine");
  if (warnings > 0) text += ", " + painted(stderr, yellow, counted(warnings, "warning"));
  std::fprintf(stderr, "%s: %s\n", file.c_str(), text.c_str());
}
