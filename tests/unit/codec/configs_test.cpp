#include <doctest/doctest.h>

#include <random>

#include <rostrum/media.hpp>

using namespace rostrum;

namespace {

Bytes from_hex(std::string_view hex) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return Bytes(std::move(out));
}

constexpr std::string_view avc_ntsc = "014d401fffe10017674d401feca06c1ef37808800001f480007530078c18cb01000568ebe3cb20";
constexpr std::string_view avc_pal = "014d401effe10018674d401eeca06c1ef37808800000030080000019078b16cb01000568ebe3cb20";
constexpr std::string_view hevc_ntsc =
    "0101600000009000000000005af000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003005a959809a1000100294201010160"
    "0000030090000003000003005aa006b201e1d796566924caf01680800001f480003a9804a2000100074401c172b46240";
constexpr std::string_view av1_180p = "81000c000a0b000000043cfeccdaf90040";
// 60000 ticks a second of 1001 units, two of them a picture.
constexpr std::string_view av1_ntsc = "81000c000a100400000fa40003a98280000021e7f670";
// High profile with a scaling list that begins with the largest delta an Exp-Golomb code can say.
constexpr std::string_view avc_absurd_scaling = "0164001effe100156764001ead8000000300fffffffefffe02d028332001000568ebe3cb20";
constexpr std::string_view aac_44100_stereo = "121056e500";
constexpr std::string_view opus_mono = "000101380000bb80000000";

FormatPtr must(Codec codec, std::string_view hex) {
  auto format = describe(codec, from_hex(hex));
  REQUIRE_MESSAGE(format.has_value(), format.error().message());
  return *format;
}

}  // namespace

TEST_CASE("codec: an avcC gives cropped size, rate and codecs value") {
  const auto format = must(Codec::h264, avc_ntsc);
  CHECK(format->width == 854);
  CHECK(format->height == 480);
  CHECK(format->frame_rate == Rational{30000, 1001});
  CHECK(format->rfc6381 == "avc1.4d401f");
  CHECK(format->track() == Track::video);
  CHECK(must(Codec::h264, avc_pal)->frame_rate == Rational{25, 1});
}

TEST_CASE("codec: an hvcC gives cropped size, rate and codecs value") {
  const auto format = must(Codec::hevc, hevc_ntsc);
  CHECK(format->width == 854);
  CHECK(format->height == 480);
  CHECK(format->frame_rate == Rational{30000, 1001});
  CHECK(format->rfc6381 == "hvc1.1.6.L90.90");
}

TEST_CASE("codec: an av1C gives size, level and depth") {
  const auto format = must(Codec::av1, av1_180p);
  CHECK(format->width == 320);
  CHECK(format->height == 180);
  CHECK(format->rfc6381 == "av01.0.00M.08");
}

TEST_CASE("codec: an AV1 picture may last several ticks") {
  CHECK(must(Codec::av1, av1_180p)->frame_rate == Rational{});
  CHECK(must(Codec::av1, av1_ntsc)->frame_rate == Rational{30000, 1001});
}

TEST_CASE("codec: an absurd scaling list is passed over like any other") {
  const auto format = must(Codec::h264, avc_absurd_scaling);
  CHECK(format->width == 320);
  CHECK(format->height == 192);
}

TEST_CASE("codec: an AudioSpecificConfig gives rate, channels and frame length") {
  const auto lc = must(Codec::aac, aac_44100_stereo);
  CHECK(lc->sample_rate == 44100);
  CHECK(lc->channels == 2);
  CHECK(lc->frame_samples == 1024);
  CHECK(lc->rfc6381 == "mp4a.40.2");

  const auto he_explicit = must(Codec::aac, "2b118800");  // type 5, core 24 kHz, stereo, extension 48 kHz
  CHECK(he_explicit->sample_rate == 48000);
  CHECK(he_explicit->frame_samples == 2048);
  CHECK(he_explicit->rfc6381 == "mp4a.40.5");

  const auto he_compatible = must(Codec::aac, "131056e598");  // core 24 kHz, sync extension to 48 kHz
  CHECK(he_compatible->sample_rate == 48000);
  CHECK(he_compatible->frame_samples == 2048);
}

TEST_CASE("codec: a dOps gives channels and pre-skip") {
  const auto format = must(Codec::opus, opus_mono);
  CHECK(format->sample_rate == 48000);
  CHECK(format->channels == 1);
  CHECK(format->priming == 312);
}

TEST_CASE("codec: a broken record says which and why") {
  CHECK(describe(Codec::h264, from_hex("00")).error().message() ==
        "AVCDecoderConfigurationRecord: configurationVersion is not 1");
  CHECK(describe(Codec::h264, from_hex("014d401fffe10017674d")).error().message() ==
        "AVCDecoderConfigurationRecord: it ends too early");
  CHECK(describe(Codec::h264, from_hex("014d401fffe00000")).error().code == Errc::bad_syntax);
  CHECK(describe(Codec::h264, from_hex("014d401ffce100")).error().code == Errc::unsupported);
  CHECK(describe(Codec::aac, from_hex("")).error().message() == "AudioSpecificConfig: it ends too early");
  CHECK(describe(Codec::aac, from_hex("fffe")).error().code != Errc::internal);
  CHECK(describe(Codec::opus, from_hex("01")).error().message() == "dOps: it ends too early");
  CHECK(describe(Codec::av1, from_hex("81000c00")).error().message() ==
        "AV1CodecConfigurationRecord: it holds no sequence header");
  CHECK(describe(Codec::hevc, {}).error().code == Errc::bad_syntax);
}

TEST_CASE("codec: no truncated or altered record crashes") {
  std::mt19937 random(7);
  const std::pair<Codec, std::string_view> seeds[] = {{Codec::h264, avc_ntsc},
                                                      {Codec::hevc, hevc_ntsc},
                                                      {Codec::av1, av1_180p},
                                                      {Codec::aac, aac_44100_stereo},
                                                      {Codec::opus, opus_mono}};
  int accepted = 0;
  for (const auto& [codec, hex] : seeds) {
    const Bytes whole = from_hex(hex);
    for (std::size_t size = 0; size <= whole.size(); ++size) accepted += describe(codec, whole.slice(0, size)).has_value();
    for (int round = 0; round < 20000; ++round) {
      std::vector<std::byte> altered(whole.data(), whole.data() + whole.size());
      for (int i = 0; i < 3; ++i) altered[random() % altered.size()] = static_cast<std::byte>(random());
      if (auto format = describe(codec, Bytes(std::move(altered)))) {
        ++accepted;
        CHECK((*format)->width >= 0);
        CHECK((*format)->width <= 16384);
        CHECK((*format)->sample_rate <= 192000);
      }
    }
  }
  CHECK(accepted > 5);
}
