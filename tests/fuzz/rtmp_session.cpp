// A whole RTMP session. The first byte chooses the size of the pieces and whether the dialogue up to `publish` has taken place;
// the second what the house answers, and whether time passes between pieces.
#include <algorithm>
#include <cstdint>

#include <rostrum/log.hpp>

#include "../unit/rtmp/fake_house.hpp"
#include "rtmp/chunk_writer.hpp"
#include "rtmp/session.hpp"

namespace {

using namespace rostrum;
using namespace rostrum::rtmp;

std::vector<std::byte> dialogue() {
  Writer out;
  out.u8(3).zeros(2 * handshake_bytes);
  const auto add = [&](std::string_view name, std::initializer_list<AmfValue> values) {
    write_message(out, 3, MessageType::command, 1, write_command(name, 1, {values.begin(), values.size()}), 128);
  };
  add("connect", {AmfValue::Object{{"app", "live"}}});
  add("publish", {AmfValue(), "cam", "live"});
  return out.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  set_log_sink([](Level, std::string_view, std::string_view, std::string_view) {});
  static const std::vector<std::byte> opening = dialogue();
  test::FakeConnection connection;
  test::FakeHouse house;
  const unsigned mood = data[1] % 8;
  house.on_question = [&, mood](test::FakeHouse::Question& question) {
    connection.post([&question, mood] {
      switch (mood) {
        case 4:
          return question.refuse(Errc::busy, "taken");
        case 5:
          return question.refuse(Errc::denied, "no");
        case 6:
          return question.refuse(Errc::not_found, "no such template");
        case 7:  // admitted, and sent away at once
          question.admit();
          return question.kicked("another took over");
        default:
          return question.admit();
      }
    });
  };
  Limits limits;
  limits.message_bytes = 80u << 10;
  limits.buffered_bytes = 100u << 10;
  Duration now{};
  const bool slow = (data[1] & 8) != 0, patient = (data[1] & 16) != 0;
  Session session(house, connection, limits, [&now] { return now; });
  const auto feed = [&](ByteView input, std::size_t piece) {
    while (!input.empty() && !connection.closed_because) {
      const ByteView part = input.first(std::min(piece, input.size()));
      input = input.subspan(part.size());
      if (auto done = session.received(part); !done) return session.closed(done.error());
      if (slow) now += std::chrono::seconds(2);
      if (!patient) connection.run_posted();
    }
    connection.run_posted();
  };
  if (data[0] & 0x80) feed(opening, SIZE_MAX);
  feed(std::as_bytes(std::span(data + 2, size - 2)), 1 + (data[0] & 0x7f));
  session.closed({Errc::closed, "", "end"});
  connection.run_posted();
  for (const auto& question : house.questions) {
    const bool admitted = mood < 4 || mood == 7;
    if (admitted && !question.published->dropped && !question.published->ended) __builtin_trap();
  }
  return 0;
}
