// A parsed file as a tree, the same for YAML and JSON. Scalars keep their text: their rows know the type.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rostrum::graph {

/// A place in the text, both from 1.
struct Mark {
  int line = 1;
  int column = 1;
  friend auto operator<=>(const Mark&, const Mark&) = default;
};

struct Entry;

struct Value {
  enum class Shape : std::uint8_t { none, scalar, list, map };
  Shape shape = Shape::none;
  Mark mark;
  std::string text;            // scalar
  std::vector<Value> items;    // list
  std::vector<Entry> entries;  // map, in the order of the text, no name twice

  [[nodiscard]] const Entry* find(std::string_view name) const;
};

struct Entry {
  std::string name;
  Mark mark;  // of the name
  Value value;
};

inline const Entry* Value::find(std::string_view name) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace rostrum::graph
