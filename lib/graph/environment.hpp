// ${NAME} in values.
#pragma once

#include <string>
#include <string_view>

#include <rostrum/error.hpp>

namespace rostrum::graph {

/// A value with its ${NAME} replaced. `from_environment`: it may be a secret, so messages show the text as written instead.
struct Expanded {
  std::string text;
  bool from_environment = false;
};
/// "$${" stands for "${"; any other '$' for itself. Fails with Errc::bad_param, without a place, for a name that is not set.
Result<Expanded> expand_environment(std::string_view text);

}  // namespace rostrum::graph
