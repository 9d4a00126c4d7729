// Random bytes at every state of a session: whatever comes, there is an answer or an end, and each publisher ends once.
#include <random>

#include <rostrum/log.hpp>

#include "publisher_client.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;
using namespace rostrum::rtmp::test;

namespace {

struct Quiet {
  Quiet() { set_log_level(Level::error); }
  ~Quiet() { set_log_level(Level::info); }
};

std::vector<std::byte> noise(std::mt19937& random, std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

// A message of a known type around noise: gets past the chunk reader.
void random_message(PublisherClient& client, std::mt19937& random) {
  constexpr std::array types{1, 2, 3, 4, 5, 6, 8, 9, 15, 17, 18, 20, 22, 99};
  auto body = noise(random, random() % 200);
  // Bytes that parsers look for first.
  constexpr std::array<std::uint8_t, 12> heads{0x17, 0x27, 0x90, 0x91, 0x96, 0x97, 0xaf, 0x02, 0x03, 0x08, 0x0a, 0x11};
  if (!body.empty()) body[0] = std::byte{heads[random() % heads.size()]};
  if (body.size() > 1) body[1] = static_cast<std::byte>(random() % 4);
  client.message(MessageType{static_cast<std::uint8_t>(types[random() % types.size()])}, body, random(), random() % 3);
}

}  // namespace

TEST_CASE("rtmp: random bytes at every state end cleanly") {
  const Quiet quiet;
  std::mt19937 random(1935);
  int survived = 0;
  for (int round = 0; round < 4000; ++round) {
    PublisherClient client;
    const int state = round % 5;
    if (state >= 1) client.handshake();
    if (state >= 2) client.connect();
    if (state >= 3) client.ask();
    if (state >= 4) client.house.questions[0].admit();
    client.piece = 1 + random() % 300;
    for (int i = 0; i < 20 && !client.error && !client.connection.closed_because; ++i) {
      if (random() % 4 == 0)
        client.send(noise(random, random() % 3000));
      else
        random_message(client, random);
      client.now += std::chrono::milliseconds(random() % 500);
      if (!client.house.questions.empty() && random() % 8 == 0 && client.house.questions.back().answer)
        std::exchange(client.house.questions.back().answer,
                      nullptr)(std::make_unique<FakePublisher>(client.house.questions.back().published));
    }
    survived += !client.error;
    client.close();
    for (const auto& question : client.house.questions)
      if (!question.published->frames.empty()) CHECK(question.published->ended.has_value());
  }
  CHECK(survived > 0);
}

TEST_CASE("rtmp: a good dialogue with one byte changed ends cleanly") {
  const Quiet quiet;
  Writer script;
  script.u8(3).zeros(2 * handshake_bytes);
  const auto add = [&](MessageType type, ByteView payload) { write_message(script, 3, type, 1, payload, 128); };
  add(MessageType::command,
      write_command("connect", 1, std::vector<AmfValue>{AmfValue::Object{{"app", "live"}, {"tcUrl", "rtmp://h/live"}}}));
  add(MessageType::command, write_command("createStream", 2, std::vector<AmfValue>{AmfValue()}));
  add(MessageType::command, write_command("publish", 3, std::vector<AmfValue>{AmfValue(), "cam?t=1", "live"}));
  add(MessageType::data, write_command("@setDataFrame", 0, std::vector<AmfValue>{AmfValue::Object{{"framerate", 25.0}}}));
  add(MessageType::video, joined("1700000000", from_hex(avc_180p)));
  add(MessageType::video, joined("1701000000", nals({avc_sps_360p, avc_pps, idr})));
  add(MessageType::audio, joined("af00", from_hex(aac_stereo)));
  add(MessageType::audio, from_hex("af01aabbcc"));
  add(MessageType::video, joined("906876633100", from_hex(hevc_180p)));
  add(MessageType::command, write_command("FCUnpublish", 4, std::vector<AmfValue>{AmfValue(), "cam"}));
  const std::vector<std::byte> good = script.take();
  std::mt19937 random(7);
  for (std::size_t at = 1 + 2 * handshake_bytes; at < good.size(); ++at) {
    for (int flip = 0; flip < 6; ++flip) {
      std::vector<std::byte> bytes = good;
      bytes[at] ^= static_cast<std::byte>(1U << (random() % 8));
      PublisherClient client;
      client.house.on_question = [&](FakeHouse::Question& question) {
        client.connection.post([&question] { question.admit(); });
      };
      client.piece = 1 + random() % 2000;
      client.send(bytes);
      client.close();
      for (const auto& question : client.house.questions)
        if (!question.published->dropped) CHECK(question.published->ended.has_value());
    }
  }
}
