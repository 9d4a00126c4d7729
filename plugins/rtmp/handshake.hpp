// The server's half of RTMP's handshake (RTMP 1.0, 5.2).
#pragma once

#include <rostrum/bytes.hpp>
#include <rostrum/error.hpp>

#include "rtmp/handshake_digest.hpp"

namespace rostrum::rtmp {

/// C0 C1 in, S0 S1 S2 out, C2 in. C2 is read and not judged: real clients fill it as they like.
class Handshake {
 public:
  /// Takes from the front of `input` what belongs to the handshake; gives what is to be sent, mostly nothing.
  /// Fails with Errc::unsupported for RTMPE, Errc::bad_syntax for another protocol's first byte.
  Result<Bytes> received(ByteView& input);
  [[nodiscard]] bool done() const { return greeted_ && left_ == 0; }

 private:
  std::vector<std::byte> first_;        // C0 and C1 as they come
  bool greeted_ = false;                // S0 S1 S2 are out
  std::size_t left_ = handshake_bytes;  // of C2
};

}  // namespace rostrum::rtmp
