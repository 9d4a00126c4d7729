// Builds a Value from the events of a parser and holds the bounds of untrusted text.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/error.hpp>

#include "graph/value.hpp"

namespace rostrum::graph {

inline constexpr std::size_t most_bytes = 1 << 20;
inline constexpr std::size_t most_depth = 64;
inline constexpr std::size_t most_values = 100'000;

/// Each call fails with Errc::bad_syntax or Errc::limit at its mark; then the parser stops.
class Tree {
 public:
  explicit Tree(std::string_view source) : source_(source) {}

  Result<void> open(Value::Shape shape, Mark mark);  // list or map
  Result<void> close();
  Result<void> scalar(std::string text, Mark mark);  // a map's key, or a value
  Result<void> none(Mark mark);
  [[nodiscard]] bool wants_key() const;
  [[nodiscard]] tl::unexpected<Error> failure(Errc code, Mark mark, std::string what) const;
  [[nodiscard]] Value take() { return std::move(root_); }

 private:
  struct Level {
    Value* value;
    bool has_key = false;         // map: its last entry waits for a value
    std::set<std::string> names;  // map: for duplicates, in bounded time
  };
  Result<Value*> add(Value value);

  std::string source_;
  Value root_;
  std::vector<Level> open_;  // pointers stay valid: a container grows only while nothing inside it is open
  std::size_t count_ = 0;
};

}  // namespace rostrum::graph
