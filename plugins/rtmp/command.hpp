// RTMP's commands (RTMP 1.0, 7.2) and the answers to them, as bytes of AMF0.
#pragma once

#include "rtmp/amf0.hpp"
#include "rtmp/message.hpp"

namespace rostrum::rtmp {

struct Command {
  std::string name;
  double transaction = 0;
  AmfValue object;
  std::vector<AmfValue> arguments;
  /// The argument's text, or "".
  [[nodiscard]] std::string_view text(std::size_t index) const {
    return index < arguments.size() ? arguments[index].text() : std::string_view();
  }
};

/// The body of an AMF message without the byte that AMF3 types have in front.
ByteView amf_body(const Message&);
/// Fails with Errc::bad_syntax or Errc::limit.
Result<Command> read_command(const Message&);

/// name, transaction, values: the body of a command message.
std::vector<std::byte> write_command(std::string_view name, double transaction, std::span<const AmfValue> values);

enum class Status : std::uint8_t { status, error };
/// {level, code, description}
AmfValue info(Status, std::string_view code, std::string description);
/// The first value of connect's `_result`.
AmfValue server_properties();
/// Its second value, with the codecs of Enhanced RTMP.
AmfValue connect_success();

}  // namespace rostrum::rtmp
