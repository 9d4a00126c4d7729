// Frames and messages, byte by byte: every rule of RFC 6455 5 that a server holds a client to.
#include <doctest/doctest.h>

#include "net/websocket_reader.hpp"
#include "websocket_client.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;

namespace {

constexpr WebSocketReader::Bounds bounds{.frame_bytes = 100'000, .message_bytes = 150'000};

// "text hello|ping x|!1002": what comes out of these bytes in pieces of that size; "..." where more is needed.
std::string read(std::string_view bytes, std::size_t piece = SIZE_MAX, const WebSocketReader::Bounds& limits = bounds) {
  WebSocketReader reader(limits);
  std::string seen;
  const auto add = [&seen](const std::string& what) { seen += (seen.empty() ? "" : "|") + what; };
  while (!bytes.empty()) {
    ByteView part = as_view(bytes.substr(0, piece));
    bytes.remove_prefix(part.size());
    while (true) {
      auto item = reader.next(part);
      if (!item) {
        add("!" + std::to_string(static_cast<int>(item.error().code)));
        return seen;
      }
      if (!*item) break;
      add(ServerFrame{static_cast<int>((*item)->opcode), std::string((*item)->payload.text())}.text());
    }
  }
  if (reader.within()) add("...");
  return seen;
}

std::string text(std::string_view payload, FrameShape shape = {}) {
  return client_frame(Opcode::text, payload, shape);
}
std::string more(std::string_view payload, FrameShape shape = {}) {
  return client_frame(Opcode::continuation, payload, shape);
}

}  // namespace

TEST_CASE("websocket reader: messages of every length come out as they went in, in any pieces") {
  for (const std::size_t size : {0u, 1u, 7u, 8u, 125u, 126u, 127u, 128u, 1000u, 65535u, 65536u, 100000u}) {
    std::string payload(size, ' ');
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>('a' + i % 23);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{4093}, SIZE_MAX}) {
      CHECK(read(text(payload) + client_frame(Opcode::binary, payload), piece) == "text " + payload + "|binary " + payload);
    }
  }
}

TEST_CASE("websocket reader: a fragmented message is one, with control frames between its frames") {
  const std::string bytes = text("one ", {.final = false}) + client_frame(Opcode::ping, "p") + more("", {.final = false}) +
                            more("two ", {.final = false}) + client_frame(Opcode::pong, "q") + more("three");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, SIZE_MAX})
    CHECK(read(bytes, piece) == "ping p|pong q|text one two three");
}

TEST_CASE("websocket reader: what breaks the framing is a protocol error") {
  CHECK(read(text("x", {.masked = false})) == "!1002");
  for (const unsigned reserved : {1u, 2u, 4u}) CHECK(read(text("x", {.reserved = reserved})) == "!1002");
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    CHECK(read(client_frame(static_cast<Opcode>(opcode), "x")) == "!1002");
  CHECK(read(more("x")) == "!1002");
  CHECK(read(text("x", {.final = false}) + text("y")) == "!1002");
  CHECK(read(text("x") + more("y")) == "text x|!1002");
  CHECK(read(client_frame(Opcode::ping, "x", {.final = false})) == "!1002");
  CHECK(read(client_frame(Opcode::ping, std::string(125, 'x'))) == "ping " + std::string(125, 'x'));
  CHECK(read(client_frame(Opcode::ping, std::string(126, 'x'))) == "!1002");
}

TEST_CASE("websocket reader: a length in a longer form than it needs is a protocol error") {
  CHECK(read(text("x", {.length_bytes = 2})) == "!1002");
  CHECK(read(text(std::string(125, 'x'), {.length_bytes = 2})) == "!1002");
  CHECK(read(text(std::string(65535, 'x'), {.length_bytes = 8})) == "!1002");
  CHECK(read(client_frame(Opcode::ping, "x", {.length_bytes = 8})) == "!1002");
}

TEST_CASE("websocket reader: sizes are refused on their announcement, before anything is kept for them") {
  CHECK(read(text("", {.claimed = 100'001})) == "!1009");
  CHECK(read(text("", {.claimed = UINT64_MAX - 1})) == "!1009");
  CHECK(read(text("", {.claimed = 100'000})) == "...");
  CHECK(read(text(std::string(100'000, 'x'), {.final = false}) + more("", {.claimed = 50'001})) == "!1009");
  CHECK(read(text(std::string(100'000, 'x'), {.final = false}) + more("", {.claimed = 50'000})) == "...");
  constexpr WebSocketReader::Bounds narrow{.frame_bytes = 5, .message_bytes = 4};
  CHECK(read(text("12345"), SIZE_MAX, narrow) == "!1009");
}

TEST_CASE("websocket reader: text that is no UTF-8 fails at its first wrong byte, also over frames") {
  CHECK(read(text("\xce\xba\xe1\xbd\xb9")) == "text \xce\xba\xe1\xbd\xb9");
  CHECK(read(text("\xe1", {.final = false}) + more("\xbd", {.final = false}) + more("\xb9")) == "text \xe1\xbd\xb9");
  CHECK(read(text("\xce")) == "!1007");
  CHECK(read(text("ab\xff", {.claimed = 90'000})) == "!1007");
  CHECK(read(text("ab\xed\xa0", {.final = false, .claimed = 6})) == "!1007");
  CHECK(read(text("\xe1", {.final = false}) + more("x", {.final = false})) == "!1007");
  CHECK(read(client_frame(Opcode::binary, "\xff\xfe")) == "binary \xff\xfe");
  CHECK(read(text("\xce", {.final = false}) + client_frame(Opcode::ping, "\xff") + more("\xba")) == "ping \xff|text \xce\xba");
}

TEST_CASE("websocket message: every length has its shortest form, and a close reason is cut at a character") {
  CHECK(make_frame(Opcode::text, as_view("Hello")).text() == "\x81\x05Hello");  // RFC 6455 5.7
  CHECK(WebSocketMessage::binary(as_view(std::string(256, 'x'))).frame().text().substr(0, 4) ==
        std::string("\x82\x7e\x01\x00", 4));
  CHECK(WebSocketMessage::text(std::string(65536, 'x')).frame().text().substr(0, 10) ==
        std::string("\x81\x7f\0\0\0\0\0\1\0\0", 10));
  CHECK(make_frame(Opcode::text, as_view(std::string(126, 'x'))).text().substr(0, 4) == std::string("\x81\x7e\x00\x7e", 4));
  CHECK(make_close(CloseCode::normal, "bye").text() ==
        "\x88\x05\x03\xe8"
        "bye");
  CHECK(make_close(CloseCode::none, "bye").text() == std::string_view("\x88\0", 2));
  const std::string reason = std::string(121, 'x') + "\xe2\x82\xac";
  CHECK(make_close(CloseCode::normal, reason).text() == "\x88\x7b\x03\xe8" + std::string(121, 'x'));
  CHECK(make_close(CloseCode::normal, std::string(123, 'x')).size() == 127);
}
