// RTMP's chunks: fed at once and byte by byte they must give the same messages.
#include <algorithm>
#include <cstdint>

#include "rtmp/chunk_reader.hpp"

namespace {

using namespace rostrum;
using namespace rostrum::rtmp;

struct Read {
  std::vector<Message> messages;
  bool refused = false;
};

Read read(ByteView input, std::size_t piece) {
  Limits limits;
  limits.message_bytes = 4096;
  limits.buffered_bytes = 8192;
  ChunkReader reader(limits);
  Read result;
  while (!input.empty()) {
    ByteView part = input.first(std::min(piece, input.size()));
    input = input.subspan(part.size());
    while (true) {
      auto next = reader.next(part);
      if (!next) {
        result.refused = true;
        return result;
      }
      if (!*next) break;
      result.messages.push_back(std::move(**next));
    }
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input = std::as_bytes(std::span(data, size));
  const Read whole = read(input, SIZE_MAX);
  const Read split = read(input, 1);
  const auto same = [](const Message& a, const Message& b) {
    return a.type == b.type && a.timestamp == b.timestamp && a.stream == b.stream && a.payload == b.payload;
  };
  if (whole.refused != split.refused ||
      !std::equal(whole.messages.begin(), whole.messages.end(), split.messages.begin(), split.messages.end(), same))
    __builtin_trap();
  return 0;
}
