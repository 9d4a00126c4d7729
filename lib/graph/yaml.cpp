// YAML by the events of yaml-cpp: our tree, not its nodes, so that a bound stops the parser before it recurses any deeper.
#include <istream>
#include <streambuf>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "graph/parse.hpp"
#include "graph/tree.hpp"

namespace rostrum::graph {
namespace {

/// Unwinds yaml-cpp, which has no other way to stop; it never leaves this file.
struct Stop {
  Error error;
};

Mark mark_of(const YAML::Mark& mark) {
  return {mark.line + 1, mark.column + 1};
}

class Handler final : public YAML::EventHandler {
 public:
  explicit Handler(std::string_view source) : tree(source) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) refuse(mark, "a second document; write one file for each");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { keep(tree.none(mark_of(mark))); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, no_alias); }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { refuse(mark, no_alias); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    untagged(mark, tag);
    if (tag == "?" && value == "<<" && tree.wants_key()) refuse(mark, "merge keys (<<) are not taken; write the values out");
    keep(tree.scalar(value, mark_of(mark)));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    untagged(mark, tag);
    keep(tree.open(Value::Shape::list, mark_of(mark)));
  }
  void OnSequenceEnd() override { keep(tree.close()); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    untagged(mark, tag);
    keep(tree.open(Value::Shape::map, mark_of(mark)));
  }
  void OnMapEnd() override { keep(tree.close()); }

  static constexpr const char* no_alias = "anchors (&) and aliases (*) are not taken; write the value out, or quote the text";
  Tree tree;

 private:
  static void keep(const Result<void>& result) {
    if (!result) throw Stop{result.error()};
  }
  void refuse(const YAML::Mark& mark, const char* what) const {
    throw Stop{tree.failure(Errc::bad_syntax, mark_of(mark), what).value()};
  }
  // yaml-cpp marks plain values with "?" and quoted ones with "!".
  void untagged(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!")
      refuse(mark, "tags (!) are not taken; write the plain value, or quote the text");
  }
  int documents_ = 0;
};

/// Reads the text where it lies.
struct Buffer final : std::streambuf {
  explicit Buffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // a get area is never written to
    setg(begin, begin, begin + text.size());
  }
};

}  // namespace

Result<Value> parse_yaml(std::string_view text, std::string_view source) {
  Handler handler(source);
  try {
    Buffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(handler)) {
    }
    return handler.tree.take();
  } catch (const Stop& stop) {
    return tl::unexpected(stop.error);
  } catch (const YAML::Exception& exception) {
    std::string what = exception.msg;
    if (what.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR))
      what = Handler::no_alias;
    else if (what == YAML::ErrorMsg::MAP_VALUE || what == YAML::ErrorMsg::END_OF_MAP || what == YAML::ErrorMsg::END_OF_SEQ)
      what += "; look at the indentation here and in the line above, and quote text that holds \": \"";
    return handler.tree.failure(Errc::bad_syntax, mark_of(exception.mark), "is no YAML: " + what);
  } catch (const std::exception& exception) {
    return fail(Errc::internal, std::string(source), fmt::format("the YAML parser failed: {}", exception.what()));
  }
}

}  // namespace rostrum::graph
