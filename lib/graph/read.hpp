// Values of the tree as their rows want them, with findings instead of failures.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/kind.hpp>

#include "graph/findings.hpp"
#include "graph/value.hpp"

namespace rostrum::graph {

/// One text, with the environment expanded. Nothing and a finding where it is none.
std::optional<std::string> read_text(const Value&, const Place&, std::string_view meaning, Findings&);

struct Item {
  std::string text;
  Place place;
};
/// A list of texts; a single text counts as a list of one.
std::vector<Item> read_texts(const Value&, const Place&, std::string_view meaning, Findings&);

/// The entries of a map as the rows' parameters, without those in `others`, which somebody else reads. `owner` is what
/// has the parameters ("llhls"). Nothing where there was an error.
std::optional<Params> read_params(const Value& map, std::span<const ParamInfo> rows, const Place&, std::string_view owner,
                                  std::initializer_list<std::string_view> others, Findings&);

/// A finding for each key of a map that is not in `known`.
void refuse_unknown(const Value& map, std::span<const std::string_view> known, const Place&, Findings&);

/// "rostrum: 1" at the top.
void check_version(const Value& root, Findings&);

/// "live/cam"; with `template_names`, "{name}" may stand for a segment. A finding where it is neither.
bool check_stream_name(std::string_view name, bool template_names, const Place&, Findings&);

}  // namespace rostrum::graph
