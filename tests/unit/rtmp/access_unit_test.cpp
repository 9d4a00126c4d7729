#include <doctest/doctest.h>

#include <random>

#include "rtmp/obu.hpp"
#include "rtmp/parameter_sets.hpp"
#include "samples.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;
using namespace rostrum::rtmp::test;

namespace {

AccessUnit unit(Codec codec, ByteView data) {
  auto read = read_access_unit(codec, data, 4);
  REQUIRE_MESSAGE(read.has_value(), read.error().message());
  return *read;
}

ParameterSets sets(Codec codec, std::string_view record) {
  auto read = ParameterSets::read(codec, from_hex(record));
  REQUIRE_MESSAGE(read.has_value(), read.error().message());
  return *read;
}

}  // namespace

TEST_CASE("rtmp: IDR pictures and recovery points that recover at once are random access points") {
  CHECK(unit(Codec::h264, nals({idr})).random_access);
  CHECK(!unit(Codec::h264, nals({slice})).random_access);
  CHECK(unit(Codec::h264, nals({"060601c480", slice})).random_access);  // recovery_frame_cnt 0
  CHECK(!unit(Codec::h264, nals({"06060140"
                                 "80",
                                 slice}))
             .random_access);  // recovery_frame_cnt 1
  CHECK(unit(Codec::h264, nals({"0605020102060180"
                                "80",
                                slice}))
            .random_access);                                      // behind another SEI message
  CHECK(!unit(Codec::h264, nals({"060601c480"})).random_access);  // no picture
  CHECK(unit(Codec::hevc, nals({"2601aa"})).random_access);       // IDR_W_RADL
  CHECK(unit(Codec::hevc, nals({"2a01aa"})).random_access);       // CRA
  CHECK(!unit(Codec::hevc, nals({"0201aa"})).random_access);      // TRAIL_R
}

TEST_CASE("rtmp: NAL lengths that do not add up are found, for every length size") {
  for (const unsigned size : {1U, 2U, 4U}) {
    CAPTURE(size);
    Writer good, past, cut;
    const auto length = [&](Writer& out, unsigned value) {
      size == 1 ? out.u8(value) : size == 2 ? out.u16(value) : out.u32(value);
    };
    length(good, 2), good.u16(0x6588), length(good, 0), length(good, 1), good.u8(0x41);
    length(past, 3), past.u16(0x6588);
    length(cut, 2), cut.u16(0x6588).zeros(size - 1);
    CHECK(read_access_unit(Codec::h264, good.view(), size).has_value());
    CHECK(!read_access_unit(Codec::h264, past.view(), size).has_value());
    if (size > 1) CHECK(!read_access_unit(Codec::h264, cut.view(), size).has_value());
  }
  const auto wrong = read_access_unit(Codec::h264, from_hex("0000000565"), 4);
  REQUIRE(!wrong.has_value());
  CHECK(wrong.error().what == "a NAL unit of 5 bytes where 5 are left");
}

TEST_CASE("rtmp: a configuration record taken apart and put together again is the same") {
  CHECK(*sets(Codec::h264, avc_180p).record() == from_hex(avc_180p));
  // The encoder's own record says less about array completeness and segmentation, so compare what it describes.
  const auto made = sets(Codec::hevc, hevc_180p).record();
  REQUIRE(made.has_value());
  const auto before = describe(Codec::hevc, from_hex(hevc_180p));
  const auto after = describe(Codec::hevc, *made);
  REQUIRE(before.has_value());
  REQUIRE(after.has_value());
  CHECK((*after)->rfc6381 == (*before)->rfc6381);
  CHECK((*after)->width == 320);
  CHECK((*after)->frame_rate == (*before)->frame_rate);
  CHECK(made->size() == from_hex(hevc_180p).size());
  CHECK(made->slice(0, 13) == from_hex(hevc_180p).slice(0, 13));
}

TEST_CASE("rtmp: a new SPS in the frames gives the record of the new picture") {
  ParameterSets avc = sets(Codec::h264, avc_180p);
  CHECK(!avc.update(unit(Codec::h264, nals({avc_sps_180p, avc_pps, idr}))));
  CHECK(avc.update(unit(Codec::h264, nals({avc_sps_360p, avc_pps, idr}))));
  auto format = describe(Codec::h264, *avc.record());
  REQUIRE(format.has_value());
  CHECK((*format)->width == 640);
  CHECK((*format)->rfc6381 == "avc1.64001e");

  ParameterSets hevc = sets(Codec::hevc, hevc_180p);
  CHECK(!hevc.update(unit(Codec::hevc, nals({hevc_vps_180p, hevc_sps_180p, hevc_pps}))));
  CHECK(hevc.update(unit(Codec::hevc, nals({hevc_vps_360p, hevc_sps_360p, hevc_pps}))));
  format = describe(Codec::hevc, *hevc.record());
  REQUIRE_MESSAGE(format.has_value(), format.error().message());
  CHECK((*format)->width == 640);
  CHECK((*format)->height == 360);
}

TEST_CASE("rtmp: a new PPS replaces the one with its id and joins the others") {
  ParameterSets avc = sets(Codec::h264, avc_180p);
  const std::size_t before = avc.record()->size();
  CHECK(avc.update(unit(Codec::h264, nals({"68ebe3cb22c1"}))));  // id 0 again, other contents
  CHECK(avc.record()->size() == before);
  CHECK(avc.update(unit(Codec::h264, nals({"685be3cb22c0"}))));  // id 1
  CHECK(avc.record()->size() == before + 2 + 6);
  CHECK(!avc.update(unit(Codec::h264, nals({"685be3cb22c0", "68ebe3cb22c1"}))));
}

TEST_CASE("rtmp: sets that are missing or broken make no record") {
  CHECK(ParameterSets(Codec::h264).record().error().what == "SPS or PPS is missing");
  ParameterSets avc(Codec::h264);
  avc.update(unit(Codec::h264, nals({"6764", "68eb"})));
  CHECK(avc.record().error().code == Errc::bad_syntax);
  ParameterSets hevc(Codec::hevc);
  hevc.update(unit(Codec::hevc, nals({"420101", "4401c1"})));
  CHECK(hevc.record().error().code == Errc::bad_syntax);
  CHECK(!ParameterSets::read(Codec::h264, from_hex("0164000cffe1ffff67")).has_value());
  CHECK(!ParameterSets::read(Codec::h264, from_hex("0164000cfee000")).has_value());  // 3-byte lengths do not exist
  CHECK(!ParameterSets::read(Codec::hevc, {}).has_value());
}

TEST_CASE("rtmp: parameter sets are taken out of frames, the rest stays byte for byte") {
  CHECK(without_parameter_sets(Codec::h264, nals({"09f0", avc_sps_180p, avc_pps, idr, slice}), 4) ==
        Bytes(nals({"09f0", idr, slice})));
  CHECK(without_parameter_sets(Codec::hevc, nals({hevc_vps_180p, hevc_sps_180p, hevc_pps, "2601aa"}), 4) ==
        Bytes(nals({"2601aa"})));
}

TEST_CASE("rtmp: temporal delimiters leave AV1 frames, in front without a copy") {
  const Bytes plain = from_hex(
      "1200"
      "0a01aa"
      "320210bb");
  const auto unit = read_temporal_unit(plain);
  REQUIRE(unit.has_value());
  CHECK(unit->data == from_hex("0a01aa"
                               "320210bb"));
  CHECK(unit->data.data() == plain.data() + 2);
  CHECK(unit->keyframe);
  const auto inner =
      read_temporal_unit(from_hex("1200"
                                  "320230bb"
                                  "1200"
                                  "0a01aa"
                                  "3010"));  // the last OBU without a size
  REQUIRE(inner.has_value());
  CHECK(inner->data == from_hex("320230bb"
                                "0a01aa"
                                "3010"));
  CHECK(!inner->keyframe);
  CHECK(!read_temporal_unit(from_hex("3205aa")).has_value());
  CHECK(!read_temporal_unit(from_hex("92")).has_value());
  CHECK(!read_temporal_unit(from_hex("32ffffffffffffffffff")).has_value());
}

TEST_CASE("rtmp: random frames and records are read or refused") {
  std::mt19937 random(31);
  for (int round = 0; round < 30'000; ++round) {
    std::vector<std::byte> bytes(random() % 80);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() % 3 ? random() % 8 : random());
    for (const Codec codec : {Codec::h264, Codec::hevc}) {
      if (const auto unit = read_access_unit(codec, bytes, 1)) {
        ParameterSets sets(codec);
        sets.update(*unit);
        if (auto record = sets.record()) static_cast<void>(describe(codec, *record));
      }
      if (auto sets = ParameterSets::read(codec, bytes)) static_cast<void>(sets->record());
    }
    static_cast<void>(read_temporal_unit(Bytes(bytes)));
  }
}
