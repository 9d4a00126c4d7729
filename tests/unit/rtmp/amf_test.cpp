#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <random>

#include "rtmp/amf0.hpp"
#include "rtmp/command.hpp"
#include "samples.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;
using rostrum::rtmp::test::from_hex;

namespace {

std::vector<AmfValue> must(ByteView bytes) {
  auto values = read_amf0_all(bytes);
  REQUIRE_MESSAGE(values.has_value(), values.error().message());
  return *values;
}

Error fails(ByteView bytes) {
  auto values = read_amf0_all(bytes);
  REQUIRE(!values.has_value());
  return values.error();
}

std::vector<std::byte> repeated(std::string_view unit, std::size_t times) {
  std::vector<std::byte> out;
  const Bytes bytes = from_hex(unit);
  for (std::size_t i = 0; i < times; ++i) out.insert(out.end(), bytes.view().begin(), bytes.view().end());
  return out;
}

}  // namespace

TEST_CASE("rtmp: AMF0 values are written and read back") {
  Writer out;
  write_amf0(out, AmfValue::Object{{"number", 1.5},
                                   {"flag", true},
                                   {"null", AmfValue()},
                                   {"text", "live"},
                                   {"long", std::string(70'000, 'x')},
                                   {"list", AmfValue::Array{"avc1", 2.0}},
                                   {"inner", AmfValue::Object{{"deep", -3.0}}}});
  const auto values = must(out.view());
  REQUIRE(values.size() == 1);
  const AmfValue& object = values[0];
  CHECK(object["number"].number() == 1.5);
  CHECK(std::get<bool>(object["flag"].value));
  CHECK(object["null"].is_null());
  CHECK(object["text"].text() == "live");
  CHECK(object["long"].text().size() == 70'000);
  CHECK(std::get<AmfValue::Array>(object["list"].value)[1].number() == 2);
  CHECK(object["inner"]["deep"].number() == -3);
  CHECK(object["absent"].is_null());
  CHECK(object["text"]["of no object"].is_null());
}

TEST_CASE("rtmp: every AMF0 type that clients send is read") {
  // ECMA array with a wrong count, date, undefined, reference, typed object, XML, unsupported
  const auto values =
      must(from_hex("08ffffffff0003667073004039000000000000000009"
                    "0b42000000000000000000"
                    "06"
                    "070001"
                    "100001410001620101000009"
                    "0f00000002"
                    "3c3e"
                    "0d"));
  REQUIRE(values.size() == 7);
  CHECK(values[0]["fps"].number() == 25);
  CHECK(values[1].number() == std::bit_cast<double>(0x4200000000000000));
  CHECK(values[2].is_null());
  CHECK(values[3].is_null());
  CHECK(std::get<bool>(values[4]["b"].value));
  CHECK(values[5].text() == "<>");
  CHECK(values[6].is_null());
}

TEST_CASE("rtmp: AMF3 behind the switch marker is read: numbers, references, arrays, objects with traits") {
  // array of: integer -1, double 2, string "ab", string reference 0, true, object {a: 5} of a dynamic class, the same class again
  const auto values =
      must(from_hex("11"
                    "090f01"
                    "04ffffffff"
                    "054000000000000000"
                    "06056162"
                    "0600"
                    "03"
                    "0a1b01"
                    "0361"
                    "0405"
                    "00"
                    "0401"
                    "01"
                    "0a01"
                    "0407"
                    "01"));
  REQUIRE(values.size() == 1);
  const auto& list = std::get<AmfValue::Array>(values[0].value);
  REQUIRE(list.size() == 7);
  CHECK(list[0].number() == -1);
  CHECK(list[1].number() == 2);
  CHECK(list[2].text() == "ab");
  CHECK(list[3].text() == "ab");
  CHECK(std::get<bool>(list[4].value));
  CHECK(list[5]["a"].number() == 5);
  CHECK(list[5]["ab"].number() == 1);
  CHECK(list[6]["a"].number() == 7);
}

TEST_CASE("rtmp: 150,000 nested objects or arrays are refused, not followed") {
  CHECK(fails(repeated("03000161", 150'000)).message() == "AMF0: its values nest too deep");
  CHECK(fails(repeated("0a00000001", 150'000)).message() == "AMF0: its values nest too deep");
  CHECK(fails(repeated("0800000001000161", 150'000)).message() == "AMF0: its values nest too deep");
  auto amf3 = repeated("090301", 150'000);
  amf3.insert(amf3.begin(), std::byte{0x11});
  CHECK(fails(amf3).message() == "AMF3: its values nest too deep");
  auto objects = repeated("0a0b010361", 150'000);
  objects.insert(objects.begin(), std::byte{0x11});
  CHECK(fails(objects).message() == "AMF3: its values nest too deep");
  // Switching between the two makes no new budget.
  CHECK(fails(repeated("0a00000001"
                       "0a00000001"
                       "0a00000001",
                       11))
            .code == Errc::limit);
  must(
      from_hex("0a00000001"
               "0a00000001"
               "05"));
}

TEST_CASE("rtmp: announced counts of 2^32-1 and strings past the end are refused") {
  CHECK(fails(from_hex("0affffffff05")).message() == "AMF0: a value passes the message's end");
  CHECK(fails(from_hex("0cffffffff6162")).message() == "AMF0: a string passes the message's end");
  CHECK(fails(from_hex("02ffff6162")).message() == "AMF0: a string passes the message's end");
  CHECK(fails(from_hex("0300ff61")).message() == "AMF0: a string passes the message's end");
  CHECK(fails(from_hex("11"
                       "09ffffffff01"))
            .message() == "AMF3: a value passes the message's end");
  CHECK(fails(from_hex("11"
                       "06ffffffff"))
            .message() == "AMF3: a string passes the message's end");
  CHECK(fails(from_hex("11"
                       "0afffffff301"))
            .code == Errc::bad_syntax);
  CHECK(fails(from_hex("00400000")).message() == "AMF0: a value passes the message's end");
  CHECK(fails(from_hex("09")).message() == "AMF0: no value begins with 0x09");
  CHECK(fails(from_hex("11"
                       "0602"))
            .message() == "AMF3: it refers to a string that was not sent");
  CHECK(fails(from_hex("11"
                       "0d0300"))
            .code == Errc::unsupported);
}

TEST_CASE("rtmp: many values and strings repeated by reference end at their bounds") {
  CHECK(fails(repeated("05", 20'000)).message() == "AMF0: it has too many values");
  // One string of 8 KiB, referred to 10,000 times.
  Writer out;
  out.u8(0x11).u8(0x09).u8(0xC0).u8(0x9D).u8(0x01).u8(0x01);
  out.u8(0x06).u8(0x81).u8(0x80).u8(0x01).text(std::string(8192, 'x'));
  for (int i = 0; i < 10'000; ++i) out.u8(0x06).u8(0x00);
  CHECK(fails(out.view()).message() == "AMF3: its strings are too long together");
}

TEST_CASE("rtmp: random bytes as AMF give a value or an error") {
  std::mt19937 random(4711);
  for (int round = 0; round < 50'000; ++round) {
    std::vector<std::byte> bytes(random() % 64);
    // Mostly markers, so that the parser gets far.
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() % 4 ? random() % 19 : random());
    static_cast<void>(read_amf0_all(bytes));
  }
}

TEST_CASE("rtmp: a command has a name, a transaction and what follows") {
  Message message{MessageType::command_amf3, 0, 0, {}};
  Writer body;
  body.u8(0);
  for (const AmfValue& value : {AmfValue("publish"), AmfValue(5.0), AmfValue(), AmfValue("cam?token=x"), AmfValue("live")})
    write_amf0(body, value);
  message.payload = Bytes(body.take());
  const auto command = read_command(message);
  REQUIRE(command.has_value());
  CHECK(command->name == "publish");
  CHECK(command->transaction == 5);
  CHECK(command->text(0) == "cam?token=x");
  CHECK(command->text(1) == "live");
  CHECK(command->text(2).empty());

  message.type = MessageType::command;
  message.payload = from_hex("0200036162630");
  CHECK(read_command(message).error().message() == "AMF0: a command has a name and a transaction id");
  message.payload = from_hex("0505");
  CHECK(read_command(message).error().message() == "AMF0: a command begins with its name");
}
