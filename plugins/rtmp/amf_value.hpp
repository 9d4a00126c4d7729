// What AMF0 and AMF3 carry, as one value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rostrum::rtmp {

struct AmfProperty;

/// Undefined, references and types that no publisher needs (dates' zones, XML) read as null or text. Nesting is bounded where
/// values are read, so copying and destroying may recurse.
struct AmfValue {
  using Object = std::vector<AmfProperty>;  // in the order sent; also ECMA arrays
  using Array = std::vector<AmfValue>;
  std::variant<std::monostate, double, bool, std::string, Object, Array> value;

  // Values read like literals. Defined below, where AmfProperty is complete.
  AmfValue();
  AmfValue(double v);       // NOLINT(google-explicit-constructor)
  AmfValue(bool v);         // NOLINT(google-explicit-constructor)
  AmfValue(const char* v);  // NOLINT(google-explicit-constructor)
  AmfValue(std::string v);  // NOLINT(google-explicit-constructor)
  AmfValue(Object v);       // NOLINT(google-explicit-constructor)
  AmfValue(Array v);        // NOLINT(google-explicit-constructor)
  AmfValue(const AmfValue&);
  AmfValue(AmfValue&&) noexcept;
  AmfValue& operator=(const AmfValue&);
  AmfValue& operator=(AmfValue&&) noexcept;
  ~AmfValue();

  [[nodiscard]] bool is_null() const { return value.index() == 0; }
  /// The number, or `fallback` where this is none.
  [[nodiscard]] double number(double fallback = 0) const;
  /// The text, or "" where this is none.
  [[nodiscard]] std::string_view text() const;
  /// The first property of that name, or null where this is no object or has none.
  [[nodiscard]] const AmfValue& operator[](std::string_view name) const;
};

struct AmfProperty {
  std::string name;
  AmfValue value;
};

inline AmfValue::AmfValue() = default;
inline AmfValue::AmfValue(double v) : value(v) {}
inline AmfValue::AmfValue(bool v) : value(v) {}
inline AmfValue::AmfValue(const char* v) : value(std::string(v)) {}
inline AmfValue::AmfValue(std::string v) : value(std::move(v)) {}
inline AmfValue::AmfValue(Object v) : value(std::move(v)) {}
inline AmfValue::AmfValue(Array v) : value(std::move(v)) {}
inline AmfValue::AmfValue(const AmfValue&) = default;
inline AmfValue::AmfValue(AmfValue&&) noexcept = default;
inline AmfValue& AmfValue::operator=(const AmfValue&) = default;
inline AmfValue& AmfValue::operator=(AmfValue&&) noexcept = default;
inline AmfValue::~AmfValue() = default;

/// Bounds for one message, counted over all its values.
struct AmfBudget {
  int depth = 32;  // of nesting
  std::size_t values = 16384;
  std::size_t text_bytes = 256u << 10;  // AMF3 refers to strings again and again; each time counts
};

}  // namespace rostrum::rtmp
