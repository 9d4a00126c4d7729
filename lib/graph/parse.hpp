// Text to Value: YAML or JSON, bounded in size, depth and count.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <rostrum/error.hpp>

#include "graph/value.hpp"

namespace rostrum::graph {

/// Parses YAML, or JSON where the first character that is no space is '{'. The root is a map. `source` names the text in errors.
/// Fails with Errc::bad_syntax or Errc::limit at the first place; takes bounded time and stack for any bytes.
Result<Value> parse(std::string_view text, std::string_view source);

/// A whole file, at most one byte more than the size that parse() takes. Fails with Errc::not_found or Errc::io.
Result<std::string> read_file(const std::filesystem::path&);

// The two syntaxes, for text that parse() has screened. No exception leaves them.
Result<Value> parse_yaml(std::string_view text, std::string_view source);
Result<Value> parse_json(std::string_view text, std::string_view source);

}  // namespace rostrum::graph
