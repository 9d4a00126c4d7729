#include <doctest/doctest.h>

#include "rtmp/chunk_reader.hpp"
#include "rtmp/chunk_writer.hpp"
#include "samples.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;
using rostrum::rtmp::test::from_hex;

namespace {

struct Read {
  std::vector<Message> messages;
  std::optional<Refusal> refusal;
};

// Feeds `input` in pieces of `piece` bytes.
Read read(ByteView input, std::size_t piece, Limits limits = {}) {
  ChunkReader reader(limits);
  Read result;
  while (!input.empty()) {
    ByteView part = input.first(std::min(piece, input.size()));
    input = input.subspan(part.size());
    while (true) {
      auto next = reader.next(part);
      if (!next) {
        result.refusal = next.error();
        return result;
      }
      if (!*next) break;
      result.messages.push_back(std::move(**next));
    }
    CHECK(part.empty());
  }
  return result;
}

Read read(ByteView input, Limits limits = {}) {
  return read(input, SIZE_MAX, limits);
}

std::string pattern(std::size_t size, char first) {
  std::string text(size, first);
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(first + i % 23);
  return text;
}

// A header of format 0 to 2.
Writer& head(Writer& out, unsigned format, unsigned id, std::uint32_t time, std::uint32_t size = 0, MessageType type = {},
             std::uint32_t stream = 0) {
  out.u8(format << 6 | id).u24(time);
  if (format < 2) out.u24(size).u8(static_cast<unsigned>(type));
  if (format < 1) out.u32_little(stream);
  return out;
}

}  // namespace

TEST_CASE("rtmp: messages of all four chunk formats come out the same, however the bytes are split") {
  Writer out;
  const std::string video = pattern(300, 'a');
  // Format 0 in three chunks, another chunk stream (2-byte id 64, 3-byte id 320) in between.
  head(out, 0, 6, 1000, 300, MessageType::video, 1).text(video.substr(0, 128));
  out.u8(0).u8(0).u24(5).u24(3).u8(8).u32_little(1).text("abc");  // id 64
  out.u8(0xC6).text(video.substr(128, 128));
  out.u8(1).u8(0).u8(1).u24(7).u24(2).u8(18).u32_little(7).text("de");  // id 320
  out.u8(0xC6).text(video.substr(256));
  head(out, 1, 6, 40, 4, MessageType::video).text("next");  // format 1: delta, same stream
  head(out, 2, 6, 33).text("more");                         // format 2: delta only
  out.u8(0xC6).text("last");                                // format 3: the same delta again
  const auto bytes = out.take();

  for (const std::size_t piece : {SIZE_MAX, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{129}}) {
    CAPTURE(piece);
    const Read got = read(bytes, piece);
    REQUIRE(!got.refusal);
    REQUIRE(got.messages.size() == 6);
    CHECK(got.messages[0].payload.text() == "abc");
    CHECK(got.messages[0].timestamp == 5);
    CHECK(got.messages[1].payload.text() == "de");
    CHECK(got.messages[1].type == MessageType::data);
    CHECK(got.messages[1].stream == 7);
    CHECK(got.messages[2].payload.text() == video);
    CHECK(got.messages[2].timestamp == 1000);
    CHECK(got.messages[2].stream == 1);
    CHECK(got.messages[3].timestamp == 1040);
    CHECK(got.messages[4].timestamp == 1073);
    CHECK(got.messages[4].payload.text() == "more");
    CHECK(got.messages[5].timestamp == 1106);
    CHECK(got.messages[5].stream == 1);
    CHECK(got.messages[5].type == MessageType::video);
  }
}

TEST_CASE("rtmp: format 3 after format 0 takes that timestamp as its delta") {
  Writer out;
  head(out, 0, 4, 20, 1, MessageType::audio, 1).text("a").u8(0xC4).text("b");
  const Read got = read(out.view());
  REQUIRE(got.messages.size() == 2);
  CHECK(got.messages[1].timestamp == 40);
}

TEST_CASE("rtmp: an extended timestamp is read with and without its repetition") {
  for (const bool repeated : {true, false}) {
    for (const std::size_t piece : {SIZE_MAX, std::size_t{1}}) {
      CAPTURE(repeated);
      CAPTURE(piece);
      const std::string text = pattern(256, 'A');
      Writer out;
      head(out, 0, 6, 0xFFFFFF, 256, MessageType::video, 1).u32(0x01020304).text(text.substr(0, 128)).u8(0xC6);
      if (repeated) out.u32(0x01020304);
      out.text(text.substr(128));
      head(out, 1, 6, 0xFFFFFF, 2, MessageType::video).u32(0x01000000).text("hi");
      const Read got = read(out.view(), piece);
      REQUIRE(got.messages.size() == 2);
      CHECK(got.messages[0].timestamp == 0x01020304);
      CHECK(got.messages[0].payload.text() == text);
      CHECK(got.messages[1].timestamp == 0x02020304);
    }
  }
}

TEST_CASE("rtmp: payload that begins like an extended timestamp which is not repeated stays payload") {
  // The second chunk has 2 bytes; they and the next header's first byte read like the timestamp's first three.
  const std::string text = pattern(128, 'A') + std::string("\x01\x84", 2);
  Writer out;
  head(out, 0, 6, 0xFFFFFF, 130, MessageType::video, 1).u32(0x01840430).text(text.substr(0, 128));
  out.u8(0xC6).text(text.substr(128));
  head(out, 0, 4, 77, 3, MessageType::audio, 1).text("abc");
  for (const std::size_t piece : {SIZE_MAX, std::size_t{1}}) {
    const Read got = read(out.view(), piece);
    REQUIRE(!got.refusal);
    REQUIRE(got.messages.size() == 2);
    CHECK(got.messages[0].payload.text() == text);
    CHECK(got.messages[1].payload.text() == "abc");
    CHECK(got.messages[1].timestamp == 77);
  }
}

TEST_CASE("rtmp: a new chunk size holds from the next chunk on") {
  Writer out;
  const std::string text = pattern(300, 'k');
  head(out, 0, 6, 0, 300, MessageType::video, 1).text(text.substr(0, 128));
  head(out, 0, 2, 0, 4, MessageType::set_chunk_size).u32(1000);
  out.u8(0xC6).text(text.substr(128));
  const Read got = read(out.view(), 1);
  REQUIRE(got.messages.size() == 1);
  CHECK(got.messages[0].payload.text() == text);
}

TEST_CASE("rtmp: chunk sizes of 0 and with the top bit are refused, the largest is taken") {
  for (const std::uint32_t size : {0U, 0x80000000U, 0xFFFFFFFFU}) {
    Writer out;
    head(out, 0, 2, 0, 4, MessageType::set_chunk_size).u32(size);
    const Read got = read(out.view());
    REQUIRE(got.refusal);
    CHECK(got.refusal->reason == Reason::chunk);
  }
  Writer out;
  head(out, 0, 2, 0, 4, MessageType::set_chunk_size).u32(0x7FFFFFFF);
  const std::string text = pattern(5000, 'k');
  head(out, 0, 6, 0, 5000, MessageType::video, 1).text(text);
  CHECK(read(out.view()).messages.size() == 1);
}

TEST_CASE("rtmp: an abort drops the half message of its chunk stream only") {
  Writer out;
  head(out, 0, 6, 0, 200, MessageType::video, 1).text(pattern(128, 'a'));
  head(out, 0, 4, 0, 200, MessageType::audio, 1).text(pattern(128, 'b'));
  head(out, 0, 2, 0, 4, MessageType::abort).u32(6);
  out.u8(0xC4).text(pattern(72, 'c'));
  head(out, 0, 6, 9, 2, MessageType::video, 1).text("ok");
  const Read got = read(out.view());
  REQUIRE(got.messages.size() == 2);
  CHECK(got.messages[0].type == MessageType::audio);
  CHECK(got.messages[1].payload.text() == "ok");
}

TEST_CASE("rtmp: a message without bytes is a message") {
  Writer out;
  head(out, 0, 6, 3, 0, MessageType::video, 1).u8(0xC6);
  const Read got = read(out.view(), 1);
  REQUIRE(got.messages.size() == 2);
  CHECK(got.messages[0].payload.empty());
}

TEST_CASE("rtmp: lengths, chunk streams and half messages past the limit are refused with their reasons") {
  Limits limits;
  limits.message_bytes = 1000;
  limits.chunk_streams = 3;
  limits.buffered_bytes = 300;
  Writer long_message;
  head(long_message, 0, 6, 0, 1001, MessageType::video, 1);
  const Read size = read(long_message.view(), limits);
  REQUIRE(size.refusal);
  CHECK(size.refusal->reason == Reason::message_size);
  CHECK(size.refusal->error.what == "a message of 1001 bytes is announced, the limit is 1000");

  Writer many;
  for (unsigned id = 3; id < 7; ++id) head(many, 0, id, 0, 1, MessageType::audio, 1).text("x");
  const Read streams = read(many.view(), limits);
  REQUIRE(streams.refusal);
  CHECK(streams.refusal->reason == Reason::chunk_streams);
  CHECK(streams.messages.size() == 3);

  Writer half;
  for (unsigned id = 3; id < 6; ++id) head(half, 0, id, 0, 900, MessageType::audio, 1).text(pattern(128, 'x'));
  const Read buffered = read(half.view(), limits);
  REQUIRE(buffered.refusal);
  CHECK(buffered.refusal->reason == Reason::buffered);
}

TEST_CASE("rtmp: headers that announce long messages take no memory for them") {
  Limits limits;
  limits.message_bytes = 0xFFFFFF;
  ChunkReader reader(limits);
  Writer out;
  for (unsigned id = 3; id < 60; ++id) head(out, 0, id, 0, 0xFFFFFF, MessageType::video, 1).text(pattern(128, 'x'));
  ByteView input = out.view();
  const auto next = reader.next(input);
  REQUIRE(next.has_value());
  CHECK(reader.buffered() == 57 * 128);
}

TEST_CASE("rtmp: chunks that follow no rule are refused") {
  Writer no_length;
  no_length.u8(0xC6);
  CHECK(read(no_length.view()).refusal->reason == Reason::chunk);
  Writer inside;
  head(inside, 0, 6, 0, 200, MessageType::video, 1).text(pattern(128, 'a'));
  head(inside, 0, 6, 0, 200, MessageType::video, 1);
  CHECK(read(inside.view()).refusal->reason == Reason::chunk);
  Writer short_control;
  head(short_control, 0, 2, 0, 2, MessageType::set_chunk_size).u16(1);
  CHECK(read(short_control.view()).refusal->reason == Reason::chunk);
}

TEST_CASE("rtmp: what is written in chunks is read back") {
  Writer out;
  const std::string text = pattern(10'000, 'w');
  write_message(out, command_chunk_stream, MessageType::command, 1, as_view(text.substr(0, 128)), 128);
  write_control(out, MessageType::set_chunk_size, 4096);
  write_message(out, command_chunk_stream, MessageType::command, 1, as_view(text), 4096);
  write_user_control(out, ControlEvent::ping_request, 99);
  write_message(out, command_chunk_stream, MessageType::command, 0, {}, 4096);
  const Read got = read(out.view());
  REQUIRE(got.messages.size() == 4);
  CHECK(got.messages[1].payload.text() == text);
  CHECK(got.messages[2].payload == from_hex("000600000063"));
  CHECK(got.messages[3].payload.empty());
}
