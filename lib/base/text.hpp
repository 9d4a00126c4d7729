// Words for people: names shown safely, the nearest name to a mistyped one, lists in a sentence.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rostrum {

using Names = std::span<const std::string_view>;

/// Foreign text inside a message: bare where it is one plain word, else quoted, control characters escaped, cut after 60 bytes.
std::string shown(std::string_view text);

/// The name that `word` was probably meant to be (spelling, or the last part of a dotted name); "" where none is near.
std::string_view nearest(std::string_view word, Names names);

/// How to go on after an unknown word: "; did you mean part?", else "; there are a, b and c" where they are few, else "".
std::string remedy(std::string_view word, Names names);

/// "a", "a and b", "a, b and c".
std::string listed(Names names, std::string_view last = "and");

/// The parts of "a|b|c"; none of "".
std::vector<std::string_view> split(std::string_view text, char separator);

/// [a-z][a-z0-9_-]*, at most 64 characters: names of nodes, parameters and ports.
bool is_name(std::string_view text);

}  // namespace rostrum
