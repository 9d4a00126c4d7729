// JSON by the events of nlohmann's parser, which does not recurse.
#include <iterator>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "graph/parse.hpp"
#include "graph/tree.hpp"

namespace rostrum::graph {
namespace {

/// Where the parser is: it reads one character beyond a number, so the place before is kept too.
struct Cursor {
  Mark at{1, 0}, before{1, 0};
  bool line_ended = false;
  void step(char c) {
    before = at;
    if (line_ended) at = {at.line + 1, 0};
    line_ended = c == '\n';
    ++at.column;
  }
};

/// Walks the text and keeps the cursor in step.
class Input {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Input(const char* at, Cursor* cursor) : at_(at), cursor_(cursor) {}
  reference operator*() const { return *at_; }
  Input& operator++() {
    cursor_->step(*at_++);
    return *this;
  }
  Input operator++(int) {
    Input old = *this;
    ++*this;
    return old;
  }
  friend bool operator==(const Input& a, const Input& b) { return a.at_ == b.at_; }
  friend bool operator!=(const Input& a, const Input& b) { return a.at_ != b.at_; }

 private:
  const char* at_;
  Cursor* cursor_;
};

struct Handler final : nlohmann::json_sax<nlohmann::json> {
  Handler(std::string_view source, const Cursor& place) : tree(source), cursor(place) {}

  // A token's mark is its last character; none of them spans lines.
  bool null() override { return keep(tree.none(cursor.at)); }
  bool boolean(bool value) override { return keep(tree.scalar(value ? "true" : "false", cursor.at)); }
  bool number_integer(number_integer_t value) override { return keep(tree.scalar(fmt::format("{}", value), cursor.before)); }
  bool number_unsigned(number_unsigned_t value) override { return keep(tree.scalar(fmt::format("{}", value), cursor.before)); }
  bool number_float(number_float_t, const string_t& text) override { return keep(tree.scalar(text, cursor.before)); }
  bool string(string_t& text) override { return plain(text) && keep(tree.scalar(std::move(text), cursor.at)); }
  bool binary(binary_t&) override { return false; }  // not in JSON text
  bool start_object(std::size_t) override { return keep(tree.open(Value::Shape::map, cursor.at)); }
  bool key(string_t& text) override { return plain(text) && keep(tree.scalar(std::move(text), cursor.at)); }
  bool end_object() override { return keep(tree.close()); }
  bool start_array(std::size_t) override { return keep(tree.open(Value::Shape::list, cursor.at)); }
  bool end_array() override { return keep(tree.close()); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& exception) override {
    // "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error while parsing object - unexpected ..."
    std::string_view what = exception.what();
    if (const auto colon = what.find(": "); colon != what.npos) what.remove_prefix(colon + 2);
    error = tree.failure(Errc::bad_syntax, cursor.at, fmt::format("is no JSON: {}", what)).value();
    return false;
  }

  bool keep(const Result<void>& result) {
    if (!result) error = result.error();
    return result.has_value();
  }
  // An escape (\u0000, \u001b) brings what the screen keeps out of the text itself.
  bool plain(const std::string& text) {
    for (const char c : text)
      if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t')
        return keep(tree.failure(Errc::bad_syntax, cursor.at, "an escaped control character; only \\n and \\t are taken"));
    return true;
  }

  Tree tree;
  const Cursor& cursor;
  Error error;
};

}  // namespace

Result<Value> parse_json(std::string_view text, std::string_view source) {
  Cursor cursor;
  Handler handler(source, cursor);
  try {
    if (nlohmann::json::sax_parse(Input(text.data(), &cursor), Input(text.data() + text.size(), &cursor), &handler))
      return handler.tree.take();
    return tl::unexpected(handler.error);
  } catch (const std::exception& exception) {
    return fail(Errc::internal, std::string(source), fmt::format("the JSON parser failed: {}", exception.what()));
  }
}

}  // namespace rostrum::graph
