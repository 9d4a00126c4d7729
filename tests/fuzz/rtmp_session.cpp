// A whole RTMP session: the first byte chooses the size of the pieces and whether the dialogue up to `publish` has taken place.
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
  if (size == 0) return 0;
  set_log_sink([](Level, std::string_view, std::string_view, std::string_view) {});
  static const std::vector<std::byte> opening = dialogue();
  test::FakeConnection connection;
  test::FakeHouse house;
  house.on_question = [&](test::FakeHouse::Question& question) { connection.post([&question] { question.admit(); }); };
  Limits limits;
  limits.message_bytes = 64u << 10;
  Session session(house, connection, limits, [] { return Duration{}; });
  const auto feed = [&](ByteView input, std::size_t piece) {
    while (!input.empty() && !connection.closed_because) {
      const ByteView part = input.first(std::min(piece, input.size()));
      input = input.subspan(part.size());
      if (auto done = session.received(part); !done) return session.closed(done.error());
      connection.run_posted();
    }
  };
  if (data[0] & 0x80) feed(opening, SIZE_MAX);
  feed(std::as_bytes(std::span(data + 1, size - 1)), 1 + (data[0] & 0x7f));
  session.closed({Errc::closed, "", "end"});
  for (const auto& question : house.questions)
    if (!question.published->dropped && !question.published->ended) __builtin_trap();
  return 0;
}
