// What is behind Params: one typed slot a declared row.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <rostrum/kind.hpp>

#include "base/units.hpp"

namespace rostrum {

/// Empty = declared, but neither written nor defaulted.
using Cell = std::variant<std::monostate, std::string, std::int64_t, double, bool, Duration, Size, Rational, units::Window,
                          std::vector<Params>>;

struct Params::Data {
  struct Slot {
    std::string name;
    Type type = Type::string;
    Cell cell;
  };
  std::vector<Slot> slots;  // in the order of the rows
};

/// Reads one value as its row wants it: type, unit, range. Type::list is not one value. Fails with Errc::bad_param without a
/// place.
Result<Cell> read_cell(const ParamInfo&, std::string_view text);

/// An example of the row's type, as a person would write it: its default, or "500ms".
std::string_view example(const ParamInfo&);

/// Params under construction. It begins with the rows' defaults, which the registry has checked.
class ParamsDraft {
 public:
  explicit ParamsDraft(std::span<const ParamInfo> rows);
  /// Goes on from checked parameters of the same rows.
  ParamsDraft(std::span<const ParamInfo> rows, Params from);

  [[nodiscard]] const ParamInfo* row(std::string_view name) const;
  /// Fails with Errc::bad_param without a place: an unknown name (with the nearest), a wrong value.
  Result<void> set(std::string_view name, std::string_view text);
  /// `name` is a declared row, the cell of its type.
  void put(std::string_view name, Cell);
  /// Required rows that have no value.
  [[nodiscard]] std::vector<const ParamInfo*> missing() const;
  [[nodiscard]] Params take() &&;

 private:
  std::span<const ParamInfo> rows_;
  std::unique_ptr<Params::Data> data_;
};

/// Rows' defaults and these values. Fails with Errc::bad_param, `where` names the parameter.
Result<Params> params_of(std::span<const ParamInfo> rows, std::span<const std::pair<std::string, std::string>> values);
Result<Params> params_of(std::span<const ParamInfo> rows, std::initializer_list<std::pair<std::string, std::string>> values = {});

}  // namespace rostrum
