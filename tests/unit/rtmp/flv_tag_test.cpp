#include <doctest/doctest.h>

#include <random>

#include "rtmp/flv_tag.hpp"
#include "samples.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;
using namespace std::chrono_literals;
using rostrum::rtmp::test::from_hex;
using Kind = MediaTag::Kind;

namespace {

MediaTag video(std::string_view hex) {
  auto tag = read_video_tag(from_hex(hex));
  REQUIRE_MESSAGE(tag.has_value(), tag.error().message());
  return *tag;
}
MediaTag audio(std::string_view hex) {
  auto tag = read_audio_tag(from_hex(hex));
  REQUIRE_MESSAGE(tag.has_value(), tag.error().message());
  return *tag;
}
std::string video_error(std::string_view hex) {
  return read_video_tag(from_hex(hex)).error().what;
}
std::string audio_error(std::string_view hex) {
  return read_audio_tag(from_hex(hex)).error().what;
}

// FourCCs in hex.
const std::string hvc1 = "68766331", avc1 = "61766331", av01 = "61763031", vp09 = "76703039", opus = "4f707573",
                  mp4a = "6d703461";

}  // namespace

TEST_CASE("rtmp: AVC tags give kind, claim of a keyframe and a signed composition time") {
  const MediaTag config = video("17000000000164");
  CHECK(config.kind == Kind::config);
  CHECK(config.codec == Codec::h264);
  CHECK(config.at == 5);
  CHECK(config.size == 2);
  const MediaTag key = video("1701000042aabb");
  CHECK(key.kind == Kind::frame);
  CHECK(key.keyframe);
  CHECK(key.composition == 66ms);
  const MediaTag inter = video("2701ffffd8aabbcc");
  CHECK(!inter.keyframe);
  CHECK(inter.composition == -40ms);
  CHECK(inter.size == 3);
  CHECK(video("1702000000").kind == Kind::end);
  CHECK(video("5700").kind == Kind::nothing);
  CHECK(video("").kind == Kind::nothing);
  CHECK(video("1c01000000aa").codec == Codec::hevc);
}

TEST_CASE("rtmp: Enhanced RTMP's video packets are read") {
  CHECK(video("90" + hvc1 + "aa").kind == Kind::config);
  const MediaTag coded = video("91" + hvc1 + "000021" + "aabb");
  CHECK(coded.kind == Kind::frame);
  CHECK(coded.codec == Codec::hevc);
  CHECK(coded.keyframe);
  CHECK(coded.composition == 33ms);
  CHECK(coded.at == 8);
  CHECK(coded.size == 2);
  const MediaTag coded_x = video("a3" + hvc1 + "aabb");
  CHECK(coded_x.kind == Kind::frame);
  CHECK(!coded_x.keyframe);
  CHECK(coded_x.composition == 0ms);
  CHECK(coded_x.at == 5);
  CHECK(video("91" + avc1 + "ffffff" + "aa").composition == -1ms);
  CHECK(video("91" + av01 + "aabbcc").size == 3);  // AV1 and VP9 carry no composition time
  CHECK(video("91" + vp09 + "aabbcc").codec == Codec::vp9);
  CHECK(video("92" + hvc1).kind == Kind::end);
  CHECK(video("94" + hvc1 + "02").kind == Kind::nothing);
  CHECK(video("95" + av01 + "80").kind == Kind::nothing);
  CHECK(video("d000").kind == Kind::nothing);  // a command: no FourCC follows
}

TEST_CASE("rtmp: Enhanced RTMP's audio packets are read") {
  CHECK(audio("90" + opus + "4f").kind == Kind::config);
  const MediaTag frame = audio("91" + opus + "aabb");
  CHECK(frame.kind == Kind::frame);
  CHECK(frame.codec == Codec::opus);
  CHECK(frame.size == 2);
  CHECK(frame.keyframe);
  CHECK(audio("91" + mp4a + "aa").codec == Codec::aac);
  CHECK(audio("92" + opus).kind == Kind::end);
  CHECK(audio("94" + opus + "0002").kind == Kind::nothing);
  CHECK(audio("af001210").kind == Kind::config);
  CHECK(audio("af0121aa").size == 2);
  CHECK(audio("").kind == Kind::nothing);
}

TEST_CASE("rtmp: of several tracks the one with number 0 is taken") {
  // one track; two tracks of one codec, 0 being the second; two codecs
  const MediaTag one = video("9601" + hvc1 + "00" + "000010" + "aabb");
  CHECK(one.kind == Kind::frame);
  CHECK(one.multitrack);
  CHECK(one.composition == 16ms);
  CHECK(one.size == 2);
  const MediaTag many = video("9611" + av01 + "01" + "000003" + "aabbcc" + "00" + "000002" + "ddee");
  CHECK(many.at == 17);
  CHECK(many.size == 2);
  const MediaTag codecs = audio("9521" + mp4a + "01" + "000001" + "aa" + opus + "00" + "000002" + "bbcc");
  CHECK(codecs.codec == Codec::opus);
  CHECK(codecs.size == 2);
  const MediaTag other = video("9601" + hvc1 + "01" + "aabb");
  CHECK(other.kind == Kind::track);
  CHECK(read_video_tag(from_hex("9611" + av01 + "01" + "ffffff" + "aa")).error().code == Errc::bad_syntax);
  CHECK(read_video_tag(from_hex("9631" + av01 + "0000")).error().code == Errc::bad_syntax);
}

TEST_CASE("rtmp: a ModEx nanosecond offset shifts the timestamp") {
  const MediaTag tag = video(
      "97"
      "02"
      "07a120"
      "01" +
      hvc1 + "000000" + "aa");  // 500,000 ns, then coded frames
  CHECK(tag.kind == Kind::frame);
  CHECK(tag.shift == 500us);
  CHECK(tag.size == 1);
  CHECK(read_video_tag(from_hex("97ffffff")).error().code == Errc::bad_syntax);
}

TEST_CASE("rtmp: codecs that are not carried are named") {
  CHECK(video_error("22aabb") == "Sorenson H.263 (FLV video codec 2)");
  CHECK(audio_error("2faabb") == "MP3 (FLV sound format 2)");
  CHECK(video_error("9176766331aabbcc") == "'vvc1'");
  CHECK(audio_error("912e6d7033aabb") == "'.mp3'");
  CHECK(video_error("91" + opus + "aa") == "'Opus'");
  CHECK(is_carried(Track::video, 7));
  CHECK(is_carried(Track::video, 0x68766331));
  CHECK(!is_carried(Track::video, 2));
  CHECK(is_carried(Track::audio, 10));
  CHECK(!is_carried(Track::audio, 2));
  CHECK(!is_carried(Track::audio, -1e300));
}

TEST_CASE("rtmp: tags that end within their header are refused, random ones read or refused") {
  CHECK(read_video_tag(from_hex("1701")).error().code == Errc::bad_syntax);
  CHECK(read_video_tag(from_hex("1709000000aa")).error().code == Errc::bad_syntax);
  CHECK(read_video_tag(from_hex("91" + hvc1 + "00")).error().code == Errc::bad_syntax);
  std::mt19937 random(99);
  for (int round = 0; round < 50'000; ++round) {
    std::vector<std::byte> bytes(random() % 40);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    if (bytes.size() > 6 && random() % 2) std::copy_n(from_hex(hvc1).data(), 4, bytes.begin() + 1 + random() % 2);
    for (const auto& tag : {read_video_tag(bytes), read_audio_tag(bytes)})
      if (tag) CHECK(tag->at + tag->size <= bytes.size());
  }
}
