#include "rtmp/refusal.hpp"

#include <array>

namespace rostrum::rtmp {

std::string_view name_of(Reason reason) noexcept {
  static constexpr std::array<std::string_view, reason_count> names{
      "handshake", "handshake_time", "idle_time", "chunk", "chunk_streams", "message_size", "buffered",
      "amf",       "command_rate",   "sequence",  "name",  "busy",          "denied",       "codec"};
  return names[static_cast<std::size_t>(reason)];
}

std::string_view name_of(Drop drop) noexcept {
  static constexpr std::array<std::string_view, drop_count> names{"tag",          "codec",          "track",   "before_config",
                                                                  "broken_frame", "parameter_sets", "metadata"};
  return names[static_cast<std::size_t>(drop)];
}

}  // namespace rostrum::rtmp
