// The RTMP handshake, in pieces whose size the first byte chooses.
#include <algorithm>
#include <cstdint>

#include "rtmp/handshake.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0];
  rostrum::ByteView input = std::as_bytes(std::span(data + 1, size - 1));
  rostrum::rtmp::Handshake handshake;
  while (!input.empty() && !handshake.done()) {
    rostrum::ByteView part = input.first(std::min(piece, input.size()));
    input = input.subspan(part.size());
    if (!handshake.received(part)) return 0;
    if (!part.empty() && !handshake.done()) __builtin_trap();
  }
  return 0;
}
