// A parameter's value onto a GObject property, typed: text stays text whatever it looks like.
#include <fmt/core.h>

#include "pipeline/node.hpp"

namespace rostrum::pipeline {
namespace {

/// A GValue that cleans up after itself.
class Value {
 public:
  explicit Value(GType type) { g_value_init(&value_, type); }
  ~Value() { g_value_unset(&value_); }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  [[nodiscard]] GValue* get() { return &value_; }

 private:
  GValue value_ = G_VALUE_INIT;
};

bool assign_text(GValue* to, const std::string& text) {
  if (G_VALUE_HOLDS_STRING(to)) {
    g_value_set_string(to, text.c_str());
    return true;
  }
  return (G_VALUE_HOLDS_ENUM(to) || G_VALUE_HOLDS_FLAGS(to)) && gst_value_deserialize(to, text.c_str());
}

template <class Set>
bool assign(GValue* to, GType type, Set set) {
  Value from(type);
  set(from.get());
  return g_value_transform(from.get(), to);
}

bool assign(GValue* to, const ParamInfo& row, const Params& params) {
  switch (row.type) {
    case Type::string:
    case Type::choice:
      return assign_text(to, params.text(row.name));
    case Type::integer:
    case Type::bitrate:
    case Type::window:
      return assign(to, G_TYPE_INT64, [&](GValue* v) { g_value_set_int64(v, params.integer(row.name)); });
    case Type::duration:
      return assign(to, G_TYPE_INT64, [&](GValue* v) { g_value_set_int64(v, params.duration(row.name).count()); });
    case Type::number:
      return assign(to, G_TYPE_DOUBLE, [&](GValue* v) { g_value_set_double(v, params.number(row.name)); });
    case Type::boolean:
      return assign(to, G_TYPE_BOOLEAN, [&](GValue* v) { g_value_set_boolean(v, params.flag(row.name)); });
    case Type::rate:
      return assign(to, GST_TYPE_FRACTION, [&](GValue* v) {
        const Rational rate = params.rate(row.name);
        gst_value_set_fraction(v, static_cast<int>(rate.num), static_cast<int>(rate.den));
      });
    case Type::size:
    case Type::list:
      return false;
  }
  return false;
}

}  // namespace

Result<void> set_property(GstElement* bin, const ParamInfo& row, const Params& params) {
  const auto dot = row.property.find('.');
  const std::string element_name(row.property.substr(0, dot));
  const std::string property(dot == std::string_view::npos ? std::string_view() : row.property.substr(dot + 1));
  const auto element = gst::adopt(gst_bin_get_by_name(GST_BIN(bin), element_name.c_str()));
  GParamSpec* spec = element ? g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), property.c_str()) : nullptr;
  if (!spec)
    return fail(Errc::bad_param, std::string(row.name), fmt::format("the kind's launch line has no property {}", row.property));
  Value value(spec->value_type);
  // g_param_value_validate tells that it had to bend the value into the property's range.
  if (!assign(value.get(), row, params) || g_param_value_validate(spec, value.get()))
    return fail(Errc::bad_param, std::string(row.name), fmt::format("{} does not take this value", row.property));
  g_object_set_property(G_OBJECT(element.get()), property.c_str(), value.get());
  return {};
}

}  // namespace rostrum::pipeline
