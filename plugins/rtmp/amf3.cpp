#include "rtmp/amf3.hpp"

#include <bit>

#include <fmt/core.h>

namespace rostrum::rtmp {
namespace {

enum class Marker : std::uint8_t {
  undefined = 0,
  null = 1,
  false_value = 2,
  true_value = 3,
  integer = 4,
  real = 5,
  string = 6,
  xml_document = 7,
  date = 8,
  array = 9,
  object = 10,
  xml = 11,
  byte_array = 12,
};

auto broken(std::string what) {
  return fail(Errc::bad_syntax, "AMF3", std::move(what));
}

struct Traits {
  std::vector<std::string> names;
  bool dynamic = false;
};

class Parser {
 public:
  Parser(Reader& in, AmfBudget& budget) : in_(in), budget_(budget) {}

  Result<AmfValue> value() {
    if (budget_.depth == 0) return fail(Errc::limit, "AMF3", "its values nest too deep");
    if (budget_.values == 0) return fail(Errc::limit, "AMF3", "it has too many values");
    --budget_.values;
    --budget_.depth;
    const Marker marker{in_.u8()};
    auto made = in_.ok() ? marked(marker) : Result<AmfValue>();
    ++budget_.depth;
    if (made && !in_.ok()) return broken("a value passes the message's end");
    return made;
  }

 private:
  Result<AmfValue> marked(Marker marker) {
    switch (marker) {
      case Marker::undefined:
      case Marker::null:
        return AmfValue();
      case Marker::false_value:
        return AmfValue(false);
      case Marker::true_value:
        return AmfValue(true);
      case Marker::integer: {
        const std::uint32_t bits = u29();  // 29 bits, two's complement
        return AmfValue(static_cast<double>(static_cast<std::int32_t>(bits << 3) >> 3));
      }
      case Marker::real:
        return AmfValue(std::bit_cast<double>(in_.u64()));
      case Marker::string:
        return as_value(text());
      case Marker::date:
        if ((u29() & 1) == 0) return AmfValue();
        return AmfValue(std::bit_cast<double>(in_.u64()));
      case Marker::xml_document:
      case Marker::xml:
      case Marker::byte_array: {
        const std::uint32_t header = u29();
        if ((header & 1) == 0) return AmfValue();
        return as_value(take(header >> 1));
      }
      case Marker::array:
        return array();
      case Marker::object:
        return object();
    }
    return fail(Errc::unsupported, "AMF3", fmt::format("values of type 0x{:02x} are not read", static_cast<unsigned>(marker)));
  }

  static Result<AmfValue> as_value(Result<std::string> text) {
    if (!text) return tl::unexpected(text.error());
    return AmfValue(std::move(*text));
  }

  // 1.3.1: seven bits a byte while the high bit is set, then all eight of the fourth.
  std::uint32_t u29() {
    std::uint32_t value = 0;
    for (int i = 0; i < 3; ++i) {
      const std::uint32_t byte = in_.u8();
      value = value << 7 | (byte & 0x7f);
      if ((byte & 0x80) == 0) return value;
    }
    return value << 8 | in_.u8();
  }

  Result<std::string> take(std::size_t size) {
    const ByteView bytes = in_.take(size);
    if (!in_.ok()) return broken("a string passes the message's end");
    if (!pay(bytes.size())) return fail(Errc::limit, "AMF3", "its strings are too long together");
    return std::string(as_text(bytes));
  }

  bool pay(std::size_t size) {
    if (size > budget_.text_bytes) return false;
    budget_.text_bytes -= size;
    return true;
  }

  Result<std::string> text() {
    const std::uint32_t header = u29();
    if ((header & 1) == 0) {
      if (header >> 1 >= strings_.size()) return broken("it refers to a string that was not sent");
      const std::string& known = strings_[header >> 1];
      if (!pay(known.size())) return fail(Errc::limit, "AMF3", "its strings are too long together");
      return known;
    }
    auto fresh = take(header >> 1);
    if (fresh && !fresh->empty()) strings_.push_back(*fresh);  // 1.3.2: the empty string is never referred to
    return fresh;
  }

  // Names and values up to the empty name.
  Result<void> dynamic(AmfValue::Object& object) {
    while (true) {
      auto name = text();
      if (!name) return tl::unexpected(name.error());
      if (!in_.ok()) return broken("an object passes the message's end");
      if (name->empty()) return {};
      auto made = value();
      if (!made) return tl::unexpected(made.error());
      object.push_back({std::move(*name), std::move(*made)});
    }
  }

  Result<AmfValue> array() {
    const std::uint32_t header = u29();
    if ((header & 1) == 0) return AmfValue();
    AmfValue::Object associative;
    if (auto read = dynamic(associative); !read) return tl::unexpected(read.error());
    AmfValue::Array dense;
    for (std::uint32_t left = header >> 1; left > 0; --left) {
      auto made = value();
      if (!made) return made;
      dense.push_back(std::move(*made));
    }
    if (dense.empty() && !associative.empty()) return AmfValue(std::move(associative));
    return AmfValue(std::move(dense));
  }

  Result<Traits> traits(std::uint32_t header) {
    if ((header & 2) == 0) {
      if (header >> 2 >= traits_.size()) return broken("it refers to a class that was not sent");
      return traits_[header >> 2];
    }
    if ((header & 4) != 0) return fail(Errc::unsupported, "AMF3", "externalizable classes are not read");
    Traits made;
    made.dynamic = (header & 8) != 0;
    if (auto class_name = text(); !class_name) return tl::unexpected(class_name.error());
    for (std::uint32_t left = header >> 4; left > 0; --left) {
      if (budget_.values == 0) return fail(Errc::limit, "AMF3", "it has too many values");
      --budget_.values;
      auto name = text();
      if (!name) return tl::unexpected(name.error());
      if (!in_.ok()) return broken("a class passes the message's end");
      made.names.push_back(std::move(*name));
    }
    traits_.push_back(made);
    return made;
  }

  Result<AmfValue> object() {
    const std::uint32_t header = u29();
    if ((header & 1) == 0) return AmfValue();
    auto known = traits(header);
    if (!known) return tl::unexpected(known.error());
    AmfValue::Object made;
    for (std::string& name : known->names) {
      auto property = value();
      if (!property) return property;
      if (!pay(name.size())) return fail(Errc::limit, "AMF3", "its strings are too long together");
      made.push_back({std::move(name), std::move(*property)});
    }
    if (known->dynamic)
      if (auto read = dynamic(made); !read) return tl::unexpected(read.error());
    return AmfValue(std::move(made));
  }

  Reader& in_;
  AmfBudget& budget_;
  std::vector<std::string> strings_;
  std::vector<Traits> traits_;
};

}  // namespace

Result<AmfValue> read_amf3(Reader& in, AmfBudget& budget) {
  return Parser(in, budget).value();
}

}  // namespace rostrum::rtmp
