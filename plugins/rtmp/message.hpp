// RTMP's messages (RTMP 1.0, 6 and 7).
#pragma once

#include <cstdint>

#include <rostrum/bytes.hpp>

namespace rostrum::rtmp {

enum class MessageType : std::uint8_t {
  set_chunk_size = 1,
  abort = 2,
  acknowledgement = 3,
  user_control = 4,
  window_size = 5,
  peer_bandwidth = 6,
  audio = 8,
  video = 9,
  data_amf3 = 15,
  shared_object_amf3 = 16,
  command_amf3 = 17,
  data = 18,
  shared_object = 19,
  command = 20,
  aggregate = 22,
};

enum class ControlEvent : std::uint16_t { stream_begin = 0, ping_request = 6, ping_response = 7 };

struct Message {
  MessageType type{};
  std::uint32_t timestamp = 0;  // ms, wraps after 49.7 days
  std::uint32_t stream = 0;     // message stream; 0 = the connection itself
  Bytes payload;
};

}  // namespace rostrum::rtmp
