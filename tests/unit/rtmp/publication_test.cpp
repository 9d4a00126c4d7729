#include "publisher_client.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;
using namespace rostrum::rtmp::test;
using namespace std::chrono_literals;

namespace {

struct Live : PublisherClient {
  Live() { publish(); }
  void avc_config(std::string_view record = avc_180p) { video("1700000000", from_hex(record), 0); }
  const std::vector<Frame>& frames() { return published().frames; }
  std::uint64_t dropped(std::string_view reason) { return house.metrics_.dropped(reason); }
};

const std::string hvc1 = "68766331", av01 = "61763031", opus = "4f707573";

}  // namespace

TEST_CASE("rtmp: H.264 and AAC become frames with format, PTS and DTS") {
  Live live;
  live.avc_config();
  live.message(MessageType::audio, joined("af00", from_hex(aac_stereo)));
  live.video("1701000050", nals({idr}), 0);
  live.message(MessageType::audio, from_hex("af01aabb"), 3);
  live.video("2701ffffd8", nals({slice}), 80);
  live.video("1702000000", {}, 80);
  REQUIRE(live.frames().size() == 3);
  const Frame& key = live.frames()[0];
  CHECK(key.format->codec == Codec::h264);
  CHECK(key.format->width == 320);
  CHECK(key.keyframe);
  CHECK(key.dts == 0ms);
  CHECK(key.pts == 80ms);
  CHECK(key.duration == 0ms);
  CHECK(key.data == Bytes(nals({idr})));
  CHECK(!key.discontinuity);
  const Frame& sound = live.frames()[1];
  CHECK(sound.format->sample_rate == 44100);
  CHECK(sound.keyframe);
  CHECK(sound.pts == 3ms);
  CHECK(sound.data == from_hex("aabb"));
  CHECK(!live.frames()[2].keyframe);
  CHECK(live.frames()[2].pts == 40ms);
}

TEST_CASE("rtmp: HEVC, AV1 and Opus come in by Enhanced RTMP") {
  Live live;
  live.video("90" + hvc1, from_hex(hevc_180p), 0);
  live.video("91" + hvc1 + "000028", nals({"2601aabb"}), 10);
  live.message(MessageType::audio, joined("90" + opus, from_hex("4f7075734865616401023801"
                                                                "80bb0000000000")));
  live.message(MessageType::audio, joined("91" + opus, from_hex("fcaabb")), 12);
  live.video("90" + av01, from_hex(av1_180p), 20);
  live.video("91" + av01,
             from_hex("1200"
                      "320210bb"),
             20);
  REQUIRE(live.frames().size() == 3);
  CHECK(live.frames()[0].format->codec == Codec::hevc);
  CHECK(live.frames()[0].pts == 50ms);
  CHECK(live.frames()[1].format->codec == Codec::opus);
  CHECK(live.frames()[1].format->channels == 2);
  CHECK(live.frames()[1].format->priming == 312);
  CHECK(live.frames()[1].format->config == from_hex("00020138"
                                                    "0000bb80"
                                                    "0000"
                                                    "00"));
  const Frame& av1 = live.frames()[2];  // the codec changed in mid-stream
  CHECK(av1.format->codec == Codec::av1);
  CHECK(av1.data == from_hex("320210bb"));
  CHECK(av1.keyframe);
  CHECK(av1.discontinuity);
}

TEST_CASE("rtmp: the NAL units say what a keyframe is, not the tag") {
  Live live;
  live.avc_config();
  live.video("1701000000", nals({slice}), 0);
  live.video("2701000000", nals({idr}), 40);
  REQUIRE(live.frames().size() == 2);
  CHECK(!live.frames()[0].keyframe);
  CHECK(live.frames()[1].keyframe);
}

TEST_CASE("rtmp: a frame with broken NAL lengths is dropped and counted, and the connection goes on") {
  Live live;
  live.avc_config();
  live.video("1701000000", from_hex("000000ff6588"), 0);
  live.video("1701000000", from_hex("000000"), 20);
  live.video("1701000000", nals({idr}), 40);
  CHECK(live.frames().size() == 1);
  CHECK(live.dropped("broken_frame") == 2);
  CHECK(!live.error);
}

TEST_CASE("rtmp: the same sequence header again changes nothing, another one is a new format") {
  Live live;
  live.avc_config();
  live.video("1701000000", nals({idr}), 0);
  live.avc_config();
  live.video("1701000000", nals({idr}), 40);
  REQUIRE(live.frames().size() == 2);
  CHECK(live.frames()[1].format == live.frames()[0].format);
  CHECK(!live.frames()[1].discontinuity);

  ParameterSets sets(Codec::h264);
  sets.update(*read_access_unit(Codec::h264, nals({avc_sps_360p, avc_pps}), 4));
  live.video("1700000000", *sets.record(), 80);
  live.video("1701000000", nals({idr}), 80);
  live.video("2701000000", nals({slice}), 120);
  REQUIRE(live.frames().size() == 4);
  CHECK(live.frames()[2].format->width == 640);
  CHECK(live.frames()[2].discontinuity);
  CHECK(!live.frames()[3].discontinuity);
}

TEST_CASE("rtmp: new parameter sets in the frames are a new format and leave the frames") {
  Live live;
  live.avc_config();
  live.video("1701000000", nals({avc_sps_180p, avc_pps, idr}), 0);
  live.video("1701000000", nals({avc_sps_360p, avc_pps, idr}), 40);
  live.avc_config();  // an encoder that repeats its old header with every keyframe
  live.video("1701000000", nals({avc_sps_360p, avc_pps, idr}), 80);
  REQUIRE(live.frames().size() == 3);
  CHECK(live.frames()[0].format->width == 320);
  CHECK(live.frames()[0].data == Bytes(nals({idr})));
  CHECK(live.frames()[1].format->width == 640);
  CHECK(live.frames()[1].discontinuity);
  CHECK(live.frames()[1].data == Bytes(nals({idr})));
  CHECK(live.frames()[2].format == live.frames()[1].format);
  CHECK(!live.frames()[2].discontinuity);

  live.video("1701000000", nals({"6764000cff", avc_pps, idr}), 120);
  CHECK(live.frames().size() == 3);
  CHECK(live.dropped("parameter_sets") == 1);
}

TEST_CASE("rtmp: without a sequence header the parameter sets in the frames do") {
  Live live;
  live.video("1700000000", {}, 0);
  live.video("2701000000", nals({slice}), 0);
  live.video("1701000000", nals({avc_sps_180p, avc_pps, idr}), 40);
  REQUIRE(live.frames().size() == 1);
  CHECK(live.frames()[0].format->width == 320);
  CHECK(live.dropped("before_config") == 1);
}

TEST_CASE("rtmp: an AV1 sequence header in the frames is a new format") {
  const std::string first = "0a0b000000043cfeccdaf90040", other = "0a0b0000000cc4ff6736be4010", key = "320210bb";
  Live live;
  live.video("90" + av01, from_hex(av1_180p), 0);
  live.video("91" + av01, from_hex(first + key), 0);
  live.video("91" + av01, from_hex(other + key), 40);
  live.video("91" + av01, from_hex(other + key), 80);
  live.video("91" + av01, from_hex("0a0100" + key), 120);  // describes nothing
  live.video("91" + av01, from_hex("320230bb"), 160);
  REQUIRE(live.frames().size() == 4);
  CHECK(live.frames()[0].format->width == 320);
  CHECK(live.frames()[1].format->width == 640);
  CHECK(live.frames()[1].format->height == 360);
  CHECK(live.frames()[1].discontinuity);
  CHECK(live.frames()[1].data == from_hex(other + key));
  CHECK(live.frames()[2].format == live.frames()[1].format);
  CHECK(!live.frames()[2].discontinuity);
  CHECK(live.frames()[3].format == live.frames()[1].format);
  CHECK(live.dropped("parameter_sets") == 1);
  live.video("90" + av01, from_hex(av1_180p), 200);  // said again by a sequence start
  live.video("91" + av01, from_hex(first + key), 200);
  REQUIRE(live.frames().size() == 5);
  CHECK(live.frames()[4].format->width == 320);
  CHECK(live.frames()[4].discontinuity);
}

TEST_CASE("rtmp: VP9 gets its size from key frames") {
  const std::string vp09 = "76703039", key = "824983420027f016760638241c184a10";
  Live live;
  live.video("90" + vp09, from_hex("000a080101010000"), 0);
  live.video("91" + vp09, from_hex(key), 0);
  live.video("a1" + vp09, from_hex("86004092"), 40);
  REQUIRE(live.frames().size() == 2);
  CHECK(live.frames()[0].format->width == 640);
  CHECK(live.frames()[0].format->height == 360);
  CHECK(live.frames()[0].keyframe);
  CHECK(!live.frames()[0].discontinuity);
  CHECK(live.frames()[1].format == live.frames()[0].format);
}

TEST_CASE("rtmp: a frame full of parameter sets is dropped before they are compared") {
  Live live;
  live.avc_config();
  const auto with_sets = [](std::size_t count) {
    std::vector<std::byte> frame;
    const auto append = [&](std::string_view nal) {
      const auto bytes = nals({nal});
      frame.insert(frame.end(), bytes.begin(), bytes.end());
    };
    for (std::size_t i = 0; i < count; ++i) append(avc_pps);
    append(idr);
    return frame;
  };
  live.video("1701000000", with_sets(max_frame_sets), 0);
  CHECK(live.frames().size() == 1);
  live.video("1701000000", with_sets(max_frame_sets + 1), 40);
  CHECK(live.frames().size() == 1);
  CHECK(live.dropped("broken_frame") == 1);
  Writer bomb;
  for (std::uint32_t i = 0; i < 500'000; ++i) bomb.u32(5).u8(i % 2 ? 0x67 : 0x68).u32(i);
  live.video("1701000000", bomb.view(), 80);
  CHECK(live.dropped("broken_frame") == 2);
  live.video("1701000000", nals({idr}), 120);
  CHECK(live.frames().size() == 2);
}

TEST_CASE("rtmp: a configuration record has a bound") {
  Live live;
  Writer record;  // hvcC whose arrays hold a million empty sets
  record.u8(1).zeros(20).u8(3).u8(16);
  for (int array = 0; array < 16; ++array) record.u8(0xa0).u16(65'000).zeros(2 * 65'000);
  live.video("90" + hvc1, record.view(), 0);
  REQUIRE(live.published().ended.has_value());
  CHECK(*live.published().ended == "a sequence header of 2080071 bytes, the limit is 65536");
}

TEST_CASE("rtmp: media before its sequence header is dropped and counted") {
  Live live;
  live.message(MessageType::audio, from_hex("af01aabb"));
  live.video("91" + av01, from_hex("320210bb"), 0);
  CHECK(live.frames().empty());
  CHECK(live.dropped("before_config") == 2);
}

TEST_CASE("rtmp: codecs that are not carried are left out while the rest goes on") {
  Live live;
  live.avc_config();
  live.message(MessageType::audio, from_hex("2faabb"));
  live.message(MessageType::audio, from_hex("2faabb"), 26);
  live.video("1701000000", nals({idr}), 40);
  CHECK(live.frames().size() == 1);
  CHECK(live.dropped("codec") == 2);
}

TEST_CASE("rtmp: a sequence header that describes nothing refuses the publisher with the reason") {
  Live live;
  live.commands();
  live.video("1700000000", from_hex("0164000cffe1ffff67"), 0);
  const auto replies = live.commands();
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].arguments[0]["code"].text() == "NetStream.Publish.Rejected");
  CHECK(replies[0].arguments[0]["description"].text() == "parameter sets: the AVC configuration record is broken");
  CHECK(live.connection.closed_because.has_value());
  CHECK(live.published().ended.has_value());
  CHECK(live.house.metrics_.refused("codec") == 1);
}

TEST_CASE("rtmp: timestamps that wrap or jump back go on in 64 bits, all tracks together") {
  Live live;
  live.avc_config();
  live.message(MessageType::audio, joined("af00", from_hex(aac_stereo)));
  Live wrap;
  wrap.video("1700000000", from_hex(avc_180p), 0xFFFFFFF0);
  wrap.message(MessageType::audio, joined("af00", from_hex(aac_stereo)), 0xFFFFFFF0);
  wrap.video("1701000000", nals({idr}), 0xFFFFFFF0);
  wrap.message(MessageType::audio, from_hex("af01aabb"), 5);
  wrap.video("2701000000", nals({slice}), 0xFFFFFFFF);
  wrap.video("2701000000", nals({slice}), 0x18);
  REQUIRE(wrap.frames().size() == 4);
  CHECK(wrap.frames()[0].dts == std::chrono::milliseconds(0xFFFFFFF0LL));
  CHECK(wrap.frames()[1].dts - wrap.frames()[0].dts == 21ms);
  CHECK(wrap.frames()[2].dts - wrap.frames()[0].dts == 15ms);
  CHECK(wrap.frames()[3].dts - wrap.frames()[0].dts == 40ms);

  live.video("1701000000", nals({idr}), 5000);
  live.video("1701000000", nals({idr}), 1000);
  CHECK(live.frames()[1].dts == 1s);
}

TEST_CASE("rtmp: metadata announces the tracks once, rates as their fractions") {
  Live live;
  const auto say = [&](std::string_view first, std::initializer_list<AmfProperty> properties) {
    Writer out;
    if (first == "@setDataFrame") write_amf0(out, std::string(first));
    write_amf0(out, "onMetaData");
    write_amf0(out, AmfValue::Object(properties));
    live.message(MessageType::data, out.view());
  };
  say("@setDataFrame", {{"framerate", 29.97}, {"videocodecid", 7.0}, {"audiocodecid", 10.0}});
  say("@setDataFrame", {{"framerate", 29.97}, {"videocodecid", 7.0}, {"audiocodecid", 10.0}});
  say("onMetaData", {{"framerate", 23.976}, {"videocodecid", "avc1"}, {"width", 320.0}});
  say("onMetaData", {{"framerate", 12.5}, {"width", 320.0}, {"audiocodecid", 2.0}});
  say("onMetaData", {{"framerate", 1e300}, {"audiocodecid", "mp4a"}});
  say("onMetaData", {{"encoder", "nobody"}});
  const auto& said = live.published().announcements;
  REQUIRE(said.size() == 4);
  CHECK((said[0].video && said[0].audio));
  CHECK(said[0].rate == Rational{30000, 1001});
  CHECK((said[1].video && !said[1].audio));
  CHECK(said[1].rate == Rational{24000, 1001});
  CHECK((said[2].video && !said[2].audio));
  CHECK(said[2].rate == Rational{12500, 1000});
  CHECK((!said[3].video && said[3].audio));
  CHECK(!said[3].rate.known());
}

TEST_CASE("rtmp: metadata that is broken or too long is left out") {
  Live live;
  live.message(MessageType::data, from_hex("0affffffff"));
  live.message(MessageType::data, std::vector<std::byte>(300'000));
  CHECK(live.dropped("metadata") == 2);
  CHECK(!live.error);
}

TEST_CASE("rtmp: an aggregate message is its tags, with timestamps from the first one's") {
  Live live;
  live.avc_config();
  Writer body;
  const auto tag = [&](unsigned type, std::uint32_t timestamp, ByteView data) {
    body.u8(type).u24(data.size()).u24(timestamp & 0xFFFFFF).u8(timestamp >> 24).u24(0).bytes(data).u32(data.size() + 11);
  };
  tag(9, 0x01000000, joined("1701000000", nals({idr})));
  tag(8, 0x01000005, joined("af00", from_hex(aac_stereo)));
  tag(8, 0x01000005, from_hex("af01aabb"));
  tag(9, 0x01000028, joined("2701000000", nals({slice})));
  tag(22, 0, from_hex("00"));
  live.message(MessageType::aggregate, body.view(), 1000);
  REQUIRE(live.frames().size() == 3);
  CHECK(live.frames()[0].dts == 1000ms);
  CHECK(live.frames()[1].dts == 1005ms);
  CHECK(live.frames()[2].dts == 1040ms);
  live.message(MessageType::aggregate, from_hex("09ffffff"), 1000);
  CHECK(live.dropped("tag") == 1);
}
