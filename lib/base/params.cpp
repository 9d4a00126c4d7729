#include "base/params.hpp"

#include <algorithm>
#include <cstdlib>
#include <type_traits>

#include <fmt/core.h>

#include <rostrum/log.hpp>

#include "base/text.hpp"

namespace rostrum {
namespace {

template <class T>
Result<Cell> cell_of(Result<T> value) {
  return std::move(value).map([](T v) { return Cell(std::move(v)); });
}

Result<Cell> read_unbounded(const ParamInfo& row, std::string_view text) {
  switch (row.type) {
    case Type::string:
      return Cell(std::string(text));
    case Type::integer:
      return cell_of(units::integer(text));
    case Type::number:
      return cell_of(units::number(text));
    case Type::boolean:
      return cell_of(units::boolean(text));
    case Type::duration:
      return cell_of(units::duration(text));
    case Type::bitrate:
      return cell_of(units::bitrate(text));
    case Type::size:
      return cell_of(units::size(text));
    case Type::rate:
      return cell_of(units::rate(text));
    case Type::window:
      return cell_of(units::window(text));
    case Type::choice:
      return cell_of(units::choice(text, row.choices));
    case Type::list:
      break;
  }
  return fail(Errc::bad_param, {}, fmt::format("{} takes a list of maps: [{{...}}, {{...}}]", row.name));
}

/// Is `a` below `b` in any direction? Cells of one row; a window's count and duration do not compare.
bool below(const Cell& a, const Cell& b) {
  return std::visit(
      [&]<class T>(const T& left) {
        const T* right = std::get_if<T>(&b);
        if (!right) return false;
        if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, double> || std::is_same_v<T, Duration>)
          return left < *right;
        else if constexpr (std::is_same_v<T, Size>)
          return left.width < right->width || left.height < right->height;
        else if constexpr (std::is_same_v<T, Rational>)
          return left.num * right->den < right->num * left.den;
        else if constexpr (std::is_same_v<T, units::Window>)
          return (left.count && right->count && left.count < right->count) ||
                 (left.count == 0 && right->count == 0 && left.duration < right->duration);
        else
          return false;
      },
      a);
}

const Params::Data::Slot& slot(const Params::Data& data, std::string_view name, std::initializer_list<Type> types) {
  const auto found = std::ranges::find(data.slots, name, &Params::Data::Slot::name);
  const bool right = found != data.slots.end() && (types.size() == 0 || std::ranges::find(types, found->type) != types.end());
  if (!right) {
    log(Level::error, "params", {},
        found == data.slots.end()
            ? fmt::format("code asked for parameter {}, which its kind does not declare", name)
            : fmt::format("code asked for parameter {} with another type than its {}", name, name_of(found->type)));
    std::abort();
  }
  return *found;
}

template <class T>
T get(const Params::Data& data, std::string_view name, std::initializer_list<Type> types) {
  const T* value = std::get_if<T>(&slot(data, name, types).cell);
  return value ? *value : T{};
}

}  // namespace

std::string_view name_of(Type type) noexcept {
  switch (type) {
    case Type::string:
      return "string";
    case Type::integer:
      return "integer";
    case Type::number:
      return "number";
    case Type::boolean:
      return "boolean";
    case Type::duration:
      return "duration";
    case Type::bitrate:
      return "bitrate";
    case Type::size:
      return "size";
    case Type::rate:
      return "rate";
    case Type::window:
      return "window";
    case Type::choice:
      return "choice";
    case Type::list:
      return "list";
  }
  return "string";
}

Result<Cell> read_cell(const ParamInfo& row, std::string_view text) {
  auto value = read_unbounded(row, text);
  if (!value) return value;
  const auto bound = [&](std::string_view written) {
    return written.empty() ? Cell() : read_unbounded(row, written).value_or(Cell());
  };
  const bool low = below(*value, bound(row.minimum)), high = below(bound(row.maximum), *value);
  if (!low && !high) return value;
  std::string range = row.maximum.empty()   ? fmt::format("{} or more", row.minimum)
                      : row.minimum.empty() ? fmt::format("{} or less", row.maximum)
                                            : fmt::format("{} to {}", row.minimum, row.maximum);
  return fail(Errc::bad_param, {}, fmt::format("{} is too {}; write {}", shown(text), low ? "little" : "much", range));
}

std::string_view example(const ParamInfo& row) {
  if (!row.fallback.empty()) return row.fallback;
  switch (row.type) {
    case Type::string:
      return "text";
    case Type::integer:
      return "3";
    case Type::number:
      return "1.5";
    case Type::boolean:
      return "true";
    case Type::duration:
      return "500ms";
    case Type::bitrate:
      return "2500k";
    case Type::size:
      return "1280x720";
    case Type::rate:
      return "30";
    case Type::window:
      return "30s";
    case Type::choice:
      return row.choices.substr(0, row.choices.find('|'));
    case Type::list:
      return "[{...}]";
  }
  return {};
}

Params::Params() : data_(std::make_unique<Data>()) {}
Params::Params(std::unique_ptr<Data> data) : data_(std::move(data)) {}
Params::Params(const Params& other) : data_(std::make_unique<Data>(*other.data_)) {}
Params::Params(Params&& other) noexcept = default;
Params& Params::operator=(Params other) noexcept {
  std::swap(data_, other.data_);
  return *this;
}
Params::~Params() = default;

bool Params::has(std::string_view name) const {
  return !std::holds_alternative<std::monostate>(slot(*data_, name, {}).cell);
}
const std::string& Params::text(std::string_view name) const {
  static const std::string none;
  const auto* value = std::get_if<std::string>(&slot(*data_, name, {Type::string, Type::choice}).cell);
  return value ? *value : none;
}
std::int64_t Params::integer(std::string_view name) const {
  const auto& found = slot(*data_, name, {Type::integer, Type::bitrate, Type::window});
  if (const auto* window = std::get_if<units::Window>(&found.cell)) return window->count;
  const auto* value = std::get_if<std::int64_t>(&found.cell);
  return value ? *value : 0;
}
double Params::number(std::string_view name) const {
  return get<double>(*data_, name, {Type::number});
}
bool Params::flag(std::string_view name) const {
  return get<bool>(*data_, name, {Type::boolean});
}
Duration Params::duration(std::string_view name) const {
  const auto& found = slot(*data_, name, {Type::duration, Type::window});
  if (const auto* window = std::get_if<units::Window>(&found.cell)) return window->duration;
  const auto* value = std::get_if<Duration>(&found.cell);
  return value ? *value : Duration{};
}
Size Params::size(std::string_view name) const {
  return get<Size>(*data_, name, {Type::size});
}
Rational Params::rate(std::string_view name) const {
  return get<Rational>(*data_, name, {Type::rate});
}
std::span<const Params> Params::list(std::string_view name) const {
  const auto* value = std::get_if<std::vector<Params>>(&slot(*data_, name, {Type::list}).cell);
  return value ? std::span<const Params>(*value) : std::span<const Params>();
}

ParamsDraft::ParamsDraft(std::span<const ParamInfo> rows) : rows_(rows), data_(std::make_unique<Params::Data>()) {
  for (const ParamInfo& row : rows) {
    Cell cell;
    if (!row.fallback.empty() && row.type != Type::list) cell = read_cell(row, row.fallback).value_or(Cell());
    data_->slots.push_back({std::string(row.name), row.type, std::move(cell)});
  }
}
ParamsDraft::ParamsDraft(std::span<const ParamInfo> rows, Params from)
    : rows_(rows), data_(std::make_unique<Params::Data>(from.data())) {}

const ParamInfo* ParamsDraft::row(std::string_view name) const {
  const auto found = std::ranges::find(rows_, name, &ParamInfo::name);
  return found == rows_.end() ? nullptr : &*found;
}

Result<void> ParamsDraft::set(std::string_view name, std::string_view text) {
  const ParamInfo* declared = row(name);
  if (!declared) {
    std::vector<std::string_view> names;
    for (const ParamInfo& info : rows_) names.push_back(info.name);
    return fail(Errc::bad_param, {}, fmt::format("no parameter {}{}", shown(name), remedy(name, names)));
  }
  return read_cell(*declared, text).map([&](Cell cell) { put(name, std::move(cell)); });
}

void ParamsDraft::put(std::string_view name, Cell cell) {
  const auto found = std::ranges::find(data_->slots, name, &Params::Data::Slot::name);
  if (found != data_->slots.end()) found->cell = std::move(cell);
}

std::vector<const ParamInfo*> ParamsDraft::missing() const {
  std::vector<const ParamInfo*> out;
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (rows_[i].required && std::holds_alternative<std::monostate>(data_->slots[i].cell)) out.push_back(&rows_[i]);
  return out;
}

Params ParamsDraft::take() && {
  return Params(std::move(data_));
}

Result<Params> params_of(std::span<const ParamInfo> rows, std::span<const std::pair<std::string, std::string>> values) {
  ParamsDraft draft(rows);
  for (const auto& [name, text] : values)
    if (auto set = draft.set(name, text); !set) return fail(set.error().code, name, set.error().what);
  if (const auto missing = draft.missing(); !missing.empty())
    return fail(Errc::bad_param, std::string(missing[0]->name),
                fmt::format("must be given; write {}: {}", missing[0]->name, example(*missing[0])));
  return std::move(draft).take();
}
Result<Params> params_of(std::span<const ParamInfo> rows, std::initializer_list<std::pair<std::string, std::string>> values) {
  return params_of(rows, std::span(values.begin(), values.size()));
}

}  // namespace rostrum
