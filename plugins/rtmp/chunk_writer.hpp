// Messages out, as chunks (RTMP 1.0, 5.3).
#pragma once

#include "rtmp/message.hpp"

namespace rostrum::rtmp {

inline constexpr std::uint32_t control_chunk_stream = 2;
inline constexpr std::uint32_t command_chunk_stream = 3;

/// Writes one message with format 0 and timestamp 0, cut into chunks of `chunk_size` bytes. `chunk_stream` is 2..63.
void write_message(Writer& out, std::uint32_t chunk_stream, MessageType, std::uint32_t message_stream, ByteView payload,
                   std::size_t chunk_size);
/// Set Chunk Size, Acknowledgement and Window Acknowledgement Size: one 32-bit value.
void write_control(Writer& out, MessageType, std::uint32_t value);
/// Set Peer Bandwidth, limit type "dynamic".
void write_peer_bandwidth(Writer& out, std::uint32_t bytes);
void write_user_control(Writer& out, ControlEvent, std::uint32_t value);

}  // namespace rostrum::rtmp
