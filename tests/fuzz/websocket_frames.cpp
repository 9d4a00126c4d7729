// A client's frames: messages within the bounds, text that is UTF-8, and the same messages and the same refusal in any pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/websocket_reader.hpp"

using namespace rostrum;
using namespace rostrum::net;

namespace {

constexpr WebSocketReader::Bounds bounds{.frame_bytes = 300, .message_bytes = 500};

std::string read(ByteView bytes, std::size_t piece) {
  WebSocketReader reader(bounds);
  std::string seen;
  while (!bytes.empty()) {
    ByteView part = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(part.size());
    while (true) {
      const auto item = reader.next(part);
      if (!item) return seen + "violated " + std::to_string(static_cast<int>(item.error().code)) + item.error().what;
      if (!*item) break;
      const auto& [opcode, payload] = **item;
      if (payload.size() > (is_control(opcode) ? 125 : bounds.message_bytes)) std::abort();
      if (opcode == Opcode::continuation || (opcode == Opcode::text && !is_utf8(payload.text()))) std::abort();
      seen += std::to_string(static_cast<int>(opcode)) + ':' + std::string(payload.text()) + '\n';
    }
    if (!part.empty()) std::abort();
  }
  return seen + (reader.within() ? "within" : "between");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  const std::string whole = read(bytes, SIZE_MAX);
  if (read(bytes, 1) != whole || read(bytes, 5) != whole) std::abort();
  return 0;
}
