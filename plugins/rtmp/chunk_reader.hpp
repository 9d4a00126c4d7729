// Chunks in, messages out (RTMP 1.0, 5.3).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "rtmp/limits.hpp"
#include "rtmp/message.hpp"
#include "rtmp/payload.hpp"
#include "rtmp/refusal.hpp"

namespace rostrum::rtmp {

/// Reassembles interleaved messages. Memory grows with the bytes that came, never with what a header announces. Set Chunk Size
/// and Abort are obeyed here, at once, and are not handed on.
class ChunkReader {
 public:
  explicit ChunkReader(const Limits& limits) : limits_(limits) {}

  /// Takes from the front of `input` up to the end of one message and gives it; nullopt when the input is used up before.
  Checked<std::optional<Message>> next(ByteView& input);
  /// Received bytes of messages that are not yet whole.
  [[nodiscard]] std::size_t buffered() const { return buffered_; }

 private:
  struct Stream {
    std::uint32_t id = 0;
    bool known = false;           // a header with a length was seen
    bool extended = false;        // the last header's timestamp field was 0xFFFFFF
    std::uint32_t field = 0;      // that timestamp or delta, as sent
    std::uint32_t timestamp = 0;  // of the message
    std::uint32_t length = 0;
    std::uint32_t message_stream = 0;
    MessageType type{};
    bool open = false;  // a message is under way
    Payload payload;
  };
  enum class Step : std::uint8_t { basic, header, extended, repeated, payload };

  Checked<void> step(ByteView& input);
  Checked<void> read_basic(ByteView& input);
  Checked<void> read_header(ByteView& input);
  void read_extended(ByteView& input);
  void read_repeated(ByteView& input);
  void begin_payload();
  Checked<void> read_payload(ByteView& input);
  Checked<std::optional<Message>> finish();
  Checked<void> obey(const Message&);
  Checked<Stream*> stream(std::uint32_t id);
  bool gather(ByteView& input, std::size_t count);

  Limits limits_;
  PayloadBlocks blocks_;
  std::vector<Stream> streams_;
  std::size_t current_ = 0;  // index of the chunk's stream
  Step step_ = Step::basic;
  unsigned format_ = 0;
  std::array<std::byte, 11> head_{};  // the header field under way
  std::size_t head_size_ = 0;
  std::size_t rejected_ = 0;         // bytes of head_ that were taken for a repeated timestamp and are payload
  std::array<std::byte, 4> held_{};  // those bytes, to be read before the input
  std::size_t held_size_ = 0;
  std::size_t chunk_size_ = 128;
  std::size_t chunk_left_ = 0;
  std::size_t buffered_ = 0;
  std::size_t open_ = 0;  // messages under way
  bool whole_ = false;
};

}  // namespace rostrum::rtmp
