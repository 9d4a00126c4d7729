// All that is wrong with a file, gathered and put in the order of its text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rostrum/error.hpp>

#include "graph/value.hpp"

namespace rostrum::graph {

/// Where a finding belongs: a mark and the names that lead there, `nodes.hls.part`, `streams."live/{name}".in`.
struct Place {
  Mark mark;
  std::string path;

  /// One level deeper.
  [[nodiscard]] Place at(std::string_view name, Mark) const;
  [[nodiscard]] Place at(const Entry& entry) const { return at(entry.name, entry.mark); }
  [[nodiscard]] Place at(std::size_t index, const Value& item) const;
};

class Findings {
 public:
  explicit Findings(std::string source) : source_(std::move(source)) {}

  void error(Errc code, const Place& place, std::string what) { add(code, place, std::move(what), Severity::error); }
  void warning(Errc code, const Place& place, std::string what) { add(code, place, std::move(what), Severity::warning); }
  [[nodiscard]] std::size_t errors() const { return errors_; }
  /// "show.yaml:14 nodes.hls.part"
  [[nodiscard]] std::string where(const Place&) const;
  /// In the order of the text, nothing twice; past a hundred, the last one says how many more there are.
  [[nodiscard]] std::vector<Error> take();

 private:
  void add(Errc, const Place&, std::string what, Severity);

  std::string source_;
  std::vector<std::pair<Mark, Error>> found_;
  std::size_t errors_ = 0;
  std::size_t more_ = 0;
};

}  // namespace rostrum::graph
