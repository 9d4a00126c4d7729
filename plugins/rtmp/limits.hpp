// What one RTMP connection may take of the house.
#pragma once

#include <cstddef>

#include <rostrum/media.hpp>

namespace rostrum::rtmp {

/// The door's parameters, as values. The defaults stand in the door's table.
struct Limits {
  Duration handshake = std::chrono::seconds(10);  // from accept to the last byte of C2
  Duration idle = std::chrono::seconds(30);       // without a received byte; and from the handshake to `publish`
  std::size_t message_bytes = 8u << 20;           // one message, announced or received
  std::size_t buffered_bytes = 16u << 20;         // received parts of all messages that are not yet whole
  std::size_t chunk_streams = 64;
};

inline constexpr std::size_t max_command_bytes = 64u << 10;  // AMF commands; metadata may be longer
inline constexpr std::size_t max_data_bytes = 256u << 10;
inline constexpr double command_burst = 60;        // commands and pings at once,
inline constexpr double commands_per_second = 10;  // and steadily after that

}  // namespace rostrum::rtmp
