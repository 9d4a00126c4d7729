#include "rtmp/command.hpp"

namespace rostrum::rtmp {
namespace {

// Enhanced RTMP 2, "FourCcInfoMask": the server passes the codec on.
constexpr double can_forward = 4;
// "CapsExMask": ModEx headers and nanosecond offsets are read.
constexpr double caps_mod_ex = 4;
constexpr double caps_timestamp_nano = 8;
constexpr std::array video_codecs{"avc1", "hvc1", "av01", "vp09"};
constexpr std::array audio_codecs{"mp4a", "Opus"};

AmfValue forwards(std::span<const char* const> codecs) {
  AmfValue::Object map;
  for (const char* codec : codecs) map.push_back({codec, can_forward});
  return map;
}

}  // namespace

ByteView amf_body(const Message& message) {
  const bool amf3 = message.type == MessageType::command_amf3 || message.type == MessageType::data_amf3;
  const ByteView body = message.payload;
  return amf3 && !body.empty() ? body.subspan(1) : body;
}

Result<Command> read_command(const Message& message) {
  auto values = read_amf0_all(amf_body(message));
  if (!values) return tl::unexpected(values.error());
  if (values->size() < 2) return fail(Errc::bad_syntax, "AMF0", "a command has a name and a transaction id");
  if ((*values)[0].text().empty()) return fail(Errc::bad_syntax, "AMF0", "a command begins with its name");
  Command command;
  command.name = (*values)[0].text();
  command.transaction = (*values)[1].number();
  if (values->size() > 2) command.object = std::move((*values)[2]);
  for (std::size_t i = 3; i < values->size(); ++i) command.arguments.push_back(std::move((*values)[i]));
  return command;
}

std::vector<std::byte> write_command(std::string_view name, double transaction, std::span<const AmfValue> values) {
  Writer out;
  write_amf0(out, std::string(name));
  write_amf0(out, transaction);
  for (const AmfValue& value : values) write_amf0(out, value);
  return out.take();
}

AmfValue info(Status status, std::string_view code, std::string description) {
  return AmfValue::Object{{"level", status == Status::error ? "error" : "status"},
                          {"code", std::string(code)},
                          {"description", std::move(description)}};
}

AmfValue server_properties() {
  return AmfValue::Object{{"fmsVer", "rostrum/" ROSTRUM_VERSION}, {"capabilities", 31.0}, {"mode", 1.0}};
}

AmfValue connect_success() {
  AmfValue::Array list;
  for (const char* codec : video_codecs) list.emplace_back(codec);
  for (const char* codec : audio_codecs) list.emplace_back(codec);
  return AmfValue::Object{{"level", "status"},
                          {"code", "NetConnection.Connect.Success"},
                          {"description", "Connection succeeded."},
                          {"objectEncoding", 0.0},
                          {"fourCcList", std::move(list)},
                          {"videoFourCcInfoMap", forwards(video_codecs)},
                          {"audioFourCcInfoMap", forwards(audio_codecs)},
                          {"capsEx", caps_mod_ex + caps_timestamp_nano}};
}

}  // namespace rostrum::rtmp
