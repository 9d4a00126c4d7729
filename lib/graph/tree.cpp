#include "graph/tree.hpp"

#include <fmt/core.h>

#include "base/text.hpp"

namespace rostrum::graph {

tl::unexpected<Error> Tree::failure(Errc code, Mark mark, std::string what) const {
  return fail(code, fmt::format("{}:{}", source_, mark.line), std::move(what));
}

bool Tree::wants_key() const {
  return !open_.empty() && open_.back().value->shape == Value::Shape::map && !open_.back().has_key;
}

Result<Value*> Tree::add(Value value) {
  if (++count_ > most_values)
    return failure(Errc::limit, value.mark, fmt::format("more than {} values; a file this large is no graph", most_values));
  if (wants_key()) return failure(Errc::bad_syntax, value.mark, "a key must be one word; write name: value");
  if (open_.empty()) {
    root_ = std::move(value);
    return &root_;
  }
  Level& level = open_.back();
  if (level.value->shape == Value::Shape::list) return &level.value->items.emplace_back(std::move(value));
  level.has_key = false;
  Value& slot = level.value->entries.back().value;
  slot = std::move(value);
  return &slot;
}

Result<void> Tree::open(Value::Shape shape, Mark mark) {
  if (open_.size() >= most_depth) return failure(Errc::limit, mark, fmt::format("nested deeper than {} levels", most_depth));
  Value value;
  value.shape = shape;
  value.mark = mark;
  return add(std::move(value)).map([&](Value* added) { open_.push_back({added}); });
}

Result<void> Tree::close() {
  open_.pop_back();
  return {};
}

Result<void> Tree::scalar(std::string text, Mark mark) {
  if (wants_key()) {
    Level& level = open_.back();
    if (!level.names.insert(text).second) {
      const Entry* first = level.value->find(text);
      return failure(Errc::bad_syntax, mark,
                     fmt::format("{} stands twice, first in line {}; keep one", shown(text), first->mark.line));
    }
    level.value->entries.push_back({std::move(text), mark, {}});
    level.has_key = true;
    return {};
  }
  Value value;
  value.shape = Value::Shape::scalar;
  value.mark = mark;
  value.text = std::move(text);
  return add(std::move(value)).map([](Value*) {});
}

Result<void> Tree::none(Mark mark) {
  Value value;
  value.mark = mark;
  return add(std::move(value)).map([](Value*) {});
}

}  // namespace rostrum::graph
