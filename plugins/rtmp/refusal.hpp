// Why a connection or a frame was refused: a closed set, for metrics and log lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <rostrum/error.hpp>

namespace rostrum::rtmp {

/// Ends a connection: label `reason` of rostrum_rtmp_refused_total.
enum class Reason : std::uint8_t {
  handshake,       // the first bytes are not RTMP's
  handshake_time,  // the handshake took too long
  idle_time,       // nothing came for too long, or no `publish`
  chunk,           // chunks that follow no rule
  chunk_streams,   // more chunk streams than allowed
  message_size,    // a message longer than allowed
  buffered,        // more half messages than allowed
  amf,             // a command that is no AMF, or nests too deep
  command_rate,    // more commands a second than allowed
  sequence,        // a command at the wrong time (publish before connect)
  name,            // an application or key that cannot be a stream's name
  busy,            // the name is live
  denied,          // the host or the admission chain said no
  codec,           // a codec or configuration that rostrum cannot carry
};
inline constexpr int reason_count = static_cast<int>(Reason::codec) + 1;
/// "handshake", "chunk_streams", ...
std::string_view name_of(Reason) noexcept;

struct Refusal {
  Reason reason = Reason::chunk;
  Error error;
};
template <class T>
using Checked = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(Reason reason, Errc code, std::string what) {
  return tl::unexpected<Refusal>(Refusal{reason, Error{code, "", std::move(what)}});
}

/// Loses a frame and keeps the connection: label `reason` of rostrum_rtmp_dropped_total.
enum class Drop : std::uint8_t {
  tag,             // an FLV tag header that cannot be read
  codec,           // a codec that rostrum does not take (MP3, Speex, VP6)
  track,           // a track other than 0 of a multitrack publisher
  before_config,   // media before its sequence header
  broken_frame,    // NAL unit or OBU lengths that do not add up
  parameter_sets,  // SPS/PPS in the frame that describe nothing
  metadata,        // a data message that is no AMF or too long
};
inline constexpr int drop_count = static_cast<int>(Drop::metadata) + 1;
std::string_view name_of(Drop) noexcept;

}  // namespace rostrum::rtmp
