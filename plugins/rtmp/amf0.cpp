#include "rtmp/amf0.hpp"

#include <bit>

#include <fmt/core.h>

#include "rtmp/amf3.hpp"

namespace rostrum::rtmp {
namespace {

enum class Marker : std::uint8_t {
  number = 0,
  boolean = 1,
  string = 2,
  object = 3,
  null = 5,
  undefined = 6,
  reference = 7,
  ecma_array = 8,
  object_end = 9,
  strict_array = 10,
  date = 11,
  long_string = 12,
  unsupported = 13,
  xml = 15,
  typed_object = 16,
  amf3 = 17,
};

auto broken(std::string what) {
  return fail(Errc::bad_syntax, "AMF0", std::move(what));
}

Result<std::string> take_text(Reader& in, std::size_t size, AmfBudget& budget) {
  const ByteView text = in.take(size);
  if (!in.ok()) return broken("a string passes the message's end");
  if (text.size() > budget.text_bytes) return fail(Errc::limit, "AMF0", "its strings are too long together");
  budget.text_bytes -= text.size();
  return std::string(as_text(text));
}

Result<AmfValue> read_properties(Reader& in, AmfBudget& budget) {
  AmfValue::Object object;
  while (true) {
    auto name = take_text(in, in.u16(), budget);
    if (!name) return tl::unexpected(name.error());
    if (!in.ok()) return broken("an object passes the message's end");
    if (name->empty()) {
      Reader ahead = in;
      if (Marker{ahead.u8()} == Marker::object_end) {
        in = ahead;
        return AmfValue(std::move(object));
      }
    }
    auto value = read_amf0(in, budget);
    if (!value) return value;
    object.push_back({std::move(*name), std::move(*value)});
  }
}

Result<AmfValue> read_array(Reader& in, AmfBudget& budget) {
  AmfValue::Array array;
  for (std::uint32_t left = in.u32(); left > 0; --left) {
    auto value = read_amf0(in, budget);
    if (!value) return value;
    array.push_back(std::move(*value));
  }
  return AmfValue(std::move(array));
}

Result<AmfValue> read_marked(Marker marker, Reader& in, AmfBudget& budget) {
  const auto text = [&](std::size_t size) -> Result<AmfValue> {
    auto value = take_text(in, size, budget);
    if (!value) return tl::unexpected(value.error());
    return AmfValue(std::move(*value));
  };
  switch (marker) {
    case Marker::number:
      return AmfValue(std::bit_cast<double>(in.u64()));
    case Marker::boolean:
      return AmfValue(in.u8() != 0);
    case Marker::string:
      return text(in.u16());
    case Marker::long_string:
    case Marker::xml:
      return text(in.u32());
    case Marker::typed_object:
      if (auto class_name = take_text(in, in.u16(), budget); !class_name) return tl::unexpected(class_name.error());
      return read_properties(in, budget);
    case Marker::ecma_array:
      in.skip(4);  // the count is a hint (2.10); the end marker rules
      return read_properties(in, budget);
    case Marker::object:
      return read_properties(in, budget);
    case Marker::strict_array:
      return read_array(in, budget);
    case Marker::date: {
      const auto milliseconds = std::bit_cast<double>(in.u64());
      in.skip(2);
      return AmfValue(milliseconds);
    }
    case Marker::reference:
      in.skip(2);
      return AmfValue();
    case Marker::null:
    case Marker::undefined:
    case Marker::unsupported:
      return AmfValue();
    case Marker::amf3:
      return read_amf3(in, budget);
    case Marker::object_end:
      break;
  }
  return broken(fmt::format("no value begins with 0x{:02x}", static_cast<unsigned>(marker)));
}

}  // namespace

Result<AmfValue> read_amf0(Reader& in, AmfBudget& budget) {
  if (budget.depth == 0) return fail(Errc::limit, "AMF0", "its values nest too deep");
  if (budget.values == 0) return fail(Errc::limit, "AMF0", "it has too many values");
  --budget.values;
  --budget.depth;
  const Marker marker{in.u8()};
  auto value = in.ok() ? read_marked(marker, in, budget) : Result<AmfValue>();
  ++budget.depth;
  if (value && !in.ok()) return broken("a value passes the message's end");
  return value;
}

Result<std::vector<AmfValue>> read_amf0_all(ByteView payload) {
  Reader in(payload);
  AmfBudget budget;
  std::vector<AmfValue> values;
  while (in.left() > 0) {
    auto value = read_amf0(in, budget);
    if (!value) return tl::unexpected(value.error());
    values.push_back(std::move(*value));
  }
  return values;
}

namespace {

struct Encoder {
  Writer& out;
  void marker(Marker m) const { out.u8(static_cast<unsigned>(m)); }
  void operator()(std::monostate) const { marker(Marker::null); }
  void operator()(double number) const {
    marker(Marker::number);
    out.u64(std::bit_cast<std::uint64_t>(number));
  }
  void operator()(bool flag) const {
    marker(Marker::boolean);
    out.u8(flag ? 1 : 0);
  }
  void operator()(const std::string& text) const {
    const bool fits = text.size() <= 0xFFFF;
    marker(fits ? Marker::string : Marker::long_string);
    if (fits)
      out.u16(text.size());
    else
      out.u32(text.size());
    out.text(text);
  }
  void operator()(const AmfValue::Object& object) const {
    marker(Marker::object);
    for (const auto& [name, value] : object) {
      out.u16(name.size()).text(name);
      write_amf0(out, value);
    }
    out.u16(0);
    marker(Marker::object_end);
  }
  void operator()(const AmfValue::Array& array) const {
    marker(Marker::strict_array);
    out.u32(array.size());
    for (const AmfValue& value : array) write_amf0(out, value);
  }
};

}  // namespace

void write_amf0(Writer& out, const AmfValue& value) {
  std::visit(Encoder{out}, value.value);
}

double AmfValue::number(double fallback) const {
  const double* number = std::get_if<double>(&value);
  return number ? *number : fallback;
}

std::string_view AmfValue::text() const {
  const std::string* text = std::get_if<std::string>(&value);
  return text ? std::string_view(*text) : std::string_view();
}

const AmfValue& AmfValue::operator[](std::string_view name) const {
  static const AmfValue null;
  if (const Object* object = std::get_if<Object>(&value))
    for (const AmfProperty& property : *object)
      if (property.name == name) return property.value;
  return null;
}

}  // namespace rostrum::rtmp
