// A publisher of our own: speaks to a Session byte by byte, and reads what comes back.
#pragma once

#include <doctest/doctest.h>

#include "fake_house.hpp"
#include "rtmp/chunk_reader.hpp"
#include "rtmp/chunk_writer.hpp"
#include "rtmp/command.hpp"
#include "rtmp/session.hpp"
#include "samples.hpp"

namespace rostrum::rtmp::test {

/// Of an onStatus or _error.
inline std::string_view code_of(const Command& command) {
  return command.arguments.at(0)["code"].text();
}
inline std::string_view description_of(const Command& command) {
  return command.arguments.at(0)["description"].text();
}

/// A session between a fake connection and a fake house, with the client's half.
class PublisherClient {
 public:
  explicit PublisherClient(Limits limits = {})
      : session_(std::make_unique<Session>(house, connection, limits, [this] { return now; })) {}

  /// Everything goes in pieces of `piece` bytes; an error closes the session as the house does.
  void send(ByteView bytes) {
    while (!bytes.empty() && !error) {
      const ByteView part = bytes.first(std::min(piece, bytes.size()));
      bytes = bytes.subspan(part.size());
      if (auto done = session_->received(part); !done) {
        error = done.error();
        session_->closed(*error);
      }
    }
    connection.run_posted();
  }
  void handshake() {
    Writer out;
    send(out.u8(3).zeros(2 * handshake_bytes).view());
    read_at_ = 1 + 2 * handshake_bytes;
  }
  void message(MessageType type, ByteView payload, std::uint32_t timestamp = 0, std::uint32_t stream = 1) {
    Writer out;
    out.u8(type == MessageType::audio ? 4 : 6).u24(std::min<std::uint32_t>(timestamp, 0xFFFFFF)).u24(payload.size());
    out.u8(static_cast<unsigned>(type)).u32_little(stream);
    while (true) {
      if (timestamp >= 0xFFFFFF) out.u32(timestamp);
      const std::size_t part = std::min<std::size_t>(128, payload.size());
      out.bytes(payload.first(part));
      payload = payload.subspan(part);
      if (payload.empty()) break;
      out.u8(type == MessageType::audio ? 0xC4 : 0xC6);
    }
    send(out.view());
  }
  void command(std::string_view name, double transaction, std::initializer_list<AmfValue> values, std::uint32_t stream = 0) {
    message(MessageType::command, write_command(name, transaction, {values.begin(), values.size()}), 0, stream);
  }
  void connect(std::string app = "live", std::string tc_url = "rtmp://host/live") {
    command("connect", 1, {AmfValue::Object{{"app", std::move(app)}, {"tcUrl", std::move(tc_url)}, {"flashVer", "FMLE/3.0"}}});
  }
  void ask(std::string name = "cam", std::string type = "live") {
    command("createStream", 4, {AmfValue()});
    command("publish", 5, {AmfValue(), std::move(name), std::move(type)}, 1);
  }
  /// Handshake, connect, publish, admitted.
  void publish() {
    handshake();
    connect();
    ask();
    REQUIRE(house.questions.size() == 1);
    house.questions[0].admit();
    connection.run_posted();
  }
  Published& published() { return *house.questions.back().published; }
  void video(std::string_view hex_head, ByteView body, std::uint32_t timestamp) {
    message(MessageType::video, joined(hex_head, body), timestamp);
  }
  void close(Error why = {Errc::closed, "", "FIN"}) { session_->closed(why); }
  void destroy() { session_.reset(); }

  /// What the server sent since the last call.
  std::vector<Message> messages() {
    ByteView input = ByteView(connection.sent).subspan(std::min(read_at_, connection.sent.size()));
    read_at_ = connection.sent.size();
    std::vector<Message> all;
    while (true) {
      auto next = replies_.next(input);
      REQUIRE(next.has_value());
      if (!*next) return all;
      all.push_back(std::move(**next));
    }
  }
  /// The commands among them.
  std::vector<Command> commands() {
    std::vector<Command> all;
    for (const Message& message : messages()) {
      if (message.type != MessageType::command) continue;
      auto command = read_command(message);
      REQUIRE(command.has_value());
      all.push_back(std::move(*command));
    }
    return all;
  }

  FakeConnection connection;
  FakeHouse house;
  Duration now = std::chrono::hours(1);
  std::size_t piece = SIZE_MAX;
  std::optional<Error> error;

 private:
  std::unique_ptr<Session> session_;
  ChunkReader replies_{Limits{}};
  std::size_t read_at_ = 0;
};

}  // namespace rostrum::rtmp::test
