#include <rostrum/bits.hpp>

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace rostrum;

namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

}  // namespace

TEST_CASE("bits: fields of any width are read in order, and what is left is counted") {
  const auto block = bytes({0b10110001, 0xff, 0x00, 0x7e, 0x12, 0x34});
  BitReader in(block);
  CHECK(in.left() == 48);
  CHECK(in.flag());
  CHECK(in.bits(3) == 0b011);
  CHECK(in.left() == 44);
  in.skip(4);
  CHECK(in.bits(8) == 0xff);
  CHECK(in.bits(32) == 0x007e1234);
  CHECK(in.left() == 0);
  CHECK(in.ok());
}

TEST_CASE("bits: a read past the end gives 0 and is remembered") {
  const auto block = bytes({0xff});
  BitReader in(block);
  CHECK(in.bits(9) == 0x1fe);
  CHECK_FALSE(in.ok());
  CHECK(in.bits(1) == 0);
  BitReader skipped(block);
  skipped.skip(8);
  CHECK(skipped.ok());
  skipped.skip(1);
  CHECK_FALSE(skipped.ok());
  BitReader far(block);
  far.skip(SIZE_MAX);
  CHECK_FALSE(far.ok());
  CHECK_FALSE(BitReader(ByteView()).flag());
}

TEST_CASE("bits: Exp-Golomb codes are read up to the longest, and one of 32 zeros is broken") {
  const auto codes = bytes({0b10100110, 0b01000010, 0b10000000});  // 0, 1, 2, 3, 4
  BitReader in(codes);
  for (std::uint32_t value = 0; value < 5; ++value) CHECK(in.ue() == value);
  BitReader again(codes);
  for (const std::int32_t value : {0, 1, -1, 2, -2}) CHECK(again.se() == value);
  const auto longest = bytes({0x00, 0x00, 0x00, 0x01, 0xff, 0xff, 0xff, 0xff});
  CHECK(BitReader(longest).ue() == 0xfffffffe);
  CHECK(BitReader(longest).se() == -0x7fffffff);
  const auto endless = bytes({0, 0, 0, 0, 0x80, 0, 0, 0, 0});
  BitReader broken(endless);
  CHECK(broken.ue() == 0);
  CHECK_FALSE(broken.ok());
}

TEST_CASE("bits: emulation prevention bytes are passed over in NAL units only") {
  const auto escaped = bytes({0x00, 0x00, 0x03, 0x01, 0x80, 0x40});
  BitReader nal(escaped, BitReader::Escapes::nal);
  CHECK(nal.bits(16) == 0);
  CHECK(nal.bits(8) == 1);
  CHECK(nal.ue() == 0);
  BitReader plain(escaped);
  CHECK(plain.bits(24) == 3);
  const auto twice = bytes({0, 0, 3, 0, 0, 3, 0x80});
  BitReader in(twice, BitReader::Escapes::nal);
  CHECK(in.bits(32) == 0);
  CHECK(in.flag());
}

TEST_CASE("bits: skipping is reading without looking") {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::byte> block(random() % 24);
    for (std::byte& byte : block) byte = static_cast<std::byte>(random() % 3 ? random() % 4 : random());
    const auto escapes = round % 2 ? BitReader::Escapes::nal : BitReader::Escapes::none;
    BitReader skips(block, escapes), reads(block, escapes);
    while (skips.ok()) {
      const unsigned count = random() % 40;
      skips.skip(count);
      for (unsigned i = 0; i < count; ++i) reads.bit();
      REQUIRE(skips.ok() == reads.ok());
      REQUIRE(skips.bits(5) == reads.bits(5));
    }
    REQUIRE(skips.ok() == reads.ok());
  }
}
