#include "rtmp/sequence_header.hpp"

#include <doctest/doctest.h>

#include <random>

#include <rostrum/media.hpp>

#include "samples.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;
using namespace rostrum::rtmp::test;

TEST_CASE("rtmp: an AV1 sequence header gives the record that its muxer wrote") {
  // libaom, 640x360: 4:2:0, ten bits, 4:4:4, monochrome; SVT-AV1, 320x180.
  for (const std::string_view hex :
       {std::string_view("81010c000a0b0000000cc4ff6736be4010"), std::string_view("81014c000a0b0000000cc4ff6736be5010"),
        std::string_view("812100000a0b2000000cc4ff6736be4080"), std::string_view("81011c000a0b0000000cc4ff6736be4a80"),
        av1_180p}) {
    CAPTURE(hex);
    const Bytes record = from_hex(hex);
    const auto made = av1_record(record.slice(6));
    REQUIRE(made.has_value());
    CHECK(*made == record);
    REQUIRE(describe(Codec::av1, *made).has_value());
    for (std::size_t cut = 0; cut + 8 < record.size(); ++cut) CHECK(!av1_record(record.slice(6, cut)).has_value());
  }
}

TEST_CASE("rtmp: a VP9 key frame says its size, others say nothing of it") {
  const auto key = read_vp9_header(from_hex("824983420027f016760638241c184a10"));
  CHECK(key.keyframe);
  CHECK(key.size == Size{640, 360});
  const auto full_colour = read_vp9_header(from_hex("a24983420004fe02cec0c70483830942"));  // profile 1
  CHECK(full_colour.keyframe);
  CHECK(full_colour.size == Size{640, 360});
  CHECK(!read_vp9_header(from_hex("86004092")).keyframe);
  CHECK(read_vp9_header(from_hex("82498342")).size == Size{});
  CHECK(!read_vp9_header({}).keyframe);
}

TEST_CASE("rtmp: random sequence headers are read or refused") {
  std::mt19937 random(5);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes(random() % 24);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    if (auto record = av1_record(bytes)) static_cast<void>(describe(Codec::av1, *record));
    const auto header = read_vp9_header(bytes);
    CHECK(header.size.width >= 0);
  }
}
