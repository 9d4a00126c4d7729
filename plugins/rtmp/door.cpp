// The doors `rtmp` and `rtmps`, as a table.
#include <array>

#include <rostrum/plugin.hpp>

#include "rtmp/session.hpp"

namespace rostrum {
namespace {

constexpr std::array params{
    ParamInfo{.name = "handshake_timeout",
              .type = Type::duration,
              .fallback = "10s",
              .meaning = "from the connection to the end of RTMP's handshake",
              .minimum = "100ms",
              .maximum = "5m"},
    ParamInfo{.name = "idle_timeout",
              .type = Type::duration,
              .fallback = "30s",
              .meaning = "a publisher that sends nothing for so long is gone; a client has as long to publish",
              .minimum = "1s",
              .maximum = "1h"},
    ParamInfo{.name = "max_message",
              .type = Type::integer,
              .fallback = "8388608",
              .meaning = "bytes of one message (a frame)",
              .minimum = "65536",
              .maximum = "16777215"},
    ParamInfo{.name = "max_buffered",
              .type = Type::integer,
              .fallback = "16777216",
              .meaning = "bytes of a connection's half-received messages",
              .minimum = "65536",
              .maximum = "268435456"},
    ParamInfo{.name = "max_chunk_streams",
              .type = Type::integer,
              .fallback = "64",
              .meaning = "chunk streams of a connection",
              .minimum = "8",
              .maximum = "4096"},
};

std::unique_ptr<Protocol> accept(DoorContext& house, Connection& connection) {
  const Params& given = house.params();
  rtmp::Limits limits;
  limits.handshake = given.duration("handshake_timeout");
  limits.idle = given.duration("idle_timeout");
  limits.message_bytes = static_cast<std::size_t>(given.integer("max_message"));
  limits.buffered_bytes = static_cast<std::size_t>(given.integer("max_buffered"));
  limits.chunk_streams = static_cast<std::size_t>(given.integer("max_chunk_streams"));
  return std::make_unique<rtmp::Session>(house, connection, limits);
}

constexpr std::array doors{
    DoorInfo{.name = "rtmp", .summary = "takes publishers over RTMP and Enhanced RTMP", .params = params, .accept = accept},
    DoorInfo{.name = "rtmps", .summary = "the same over TLS 1.2 and 1.3", .params = params, .secure = true, .accept = accept},
};

}  // namespace

extern const PluginInfo rtmp_plugin;
const PluginInfo rtmp_plugin{.name = "rtmp", .version = ROSTRUM_VERSION, .doors = doors};

}  // namespace rostrum
