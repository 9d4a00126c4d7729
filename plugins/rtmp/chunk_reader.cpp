#include "rtmp/chunk_reader.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace rostrum::rtmp {
namespace {

constexpr std::uint32_t extended_mark = 0xFFFFFF;
constexpr std::uint32_t max_chunk_size = 0xFFFFFF;  // RTMP 1.0, 5.4.1: longer ones would be no different
constexpr std::array<std::size_t, 4> header_bytes{11, 7, 3, 0};

}  // namespace

// Collects a field that may come in pieces; true when `count` bytes stand in head_.
bool ChunkReader::gather(ByteView& input, std::size_t count) {
  const std::size_t taken = std::min(count - head_size_, input.size());
  std::copy_n(input.begin(), taken, head_.begin() + static_cast<std::ptrdiff_t>(head_size_));
  head_size_ += taken;
  input = input.subspan(taken);
  return head_size_ == count;
}

Checked<std::optional<Message>> ChunkReader::next(ByteView& input) {
  while (true) {
    const Step before = step_;
    const bool from_held = held_size_ > 0;
    const std::size_t left = input.size();
    ByteView held = ByteView(held_).first(held_size_);
    if (auto done = step(from_held ? held : input); !done) return tl::unexpected(done.error());
    if (from_held) {
      std::copy(held.begin(), held.end(), held_.begin());
      held_size_ = held.size();
    }
    if (rejected_ > 0) {
      std::copy_backward(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(held_size_),
                         held_.begin() + static_cast<std::ptrdiff_t>(held_size_ + rejected_));
      std::copy_n(head_.begin(), rejected_, held_.begin());
      held_size_ += std::exchange(rejected_, 0);
    }
    if (std::exchange(whole_, false)) {
      auto message = finish();
      if (!message || *message) return message;
    } else if (!from_held && held_size_ == 0 && input.size() == left && step_ == before) {
      return std::nullopt;
    }
  }
}

Checked<void> ChunkReader::step(ByteView& input) {
  switch (step_) {
    case Step::basic:
      return read_basic(input);
    case Step::header:
      return read_header(input);
    case Step::extended:
      read_extended(input);
      return {};
    case Step::repeated:
      read_repeated(input);
      return {};
    case Step::payload:
      return read_payload(input);
  }
  return {};
}

Checked<void> ChunkReader::read_basic(ByteView& input) {
  if (head_size_ == 0 && !gather(input, 1)) return {};
  // The id's form: 0 means one more byte, 1 means two more (little-endian), anything else is the id.
  const auto first = std::to_integer<unsigned>(head_[0]);
  const unsigned form = first & 0x3f;
  const std::size_t size = form == 0 ? 2 : form == 1 ? 3 : 1;
  if (!gather(input, size)) return {};
  std::uint32_t id = form;
  if (size > 1) id = 64 + std::to_integer<std::uint32_t>(head_[1]);
  if (size > 2) id += std::to_integer<std::uint32_t>(head_[2]) << 8;
  head_size_ = 0;
  format_ = first >> 6;
  auto found = stream(id);
  if (!found) return tl::unexpected(found.error());
  const Stream& chunk = **found;
  if (format_ > 1 && !chunk.known)
    return refuse(Reason::chunk, Errc::bad_syntax, fmt::format("chunk stream {} begins with a header that has no length", id));
  if (format_ < 3 && chunk.open)
    return refuse(Reason::chunk, Errc::bad_syntax, fmt::format("chunk stream {} begins a message within a message", id));
  step_ = Step::header;
  return read_header(input);
}

Checked<ChunkReader::Stream*> ChunkReader::stream(std::uint32_t id) {
  const auto found = std::find_if(streams_.begin(), streams_.end(), [&](const Stream& one) { return one.id == id; });
  current_ = static_cast<std::size_t>(found - streams_.begin());
  if (found == streams_.end()) {
    if (streams_.size() >= limits_.chunk_streams)
      return refuse(Reason::chunk_streams, Errc::limit, fmt::format("more than {} chunk streams", limits_.chunk_streams));
    streams_.emplace_back().id = id;
  }
  return &streams_[current_];
}

Checked<void> ChunkReader::read_header(ByteView& input) {
  const std::size_t size = header_bytes[format_];
  if (!gather(input, size)) return {};
  head_size_ = 0;
  Stream& chunk = streams_[current_];
  Reader in(ByteView(head_).first(size));
  if (format_ < 3) {
    chunk.field = in.u24();
    chunk.extended = chunk.field == extended_mark;
  }
  if (format_ < 2) {
    chunk.length = in.u24();
    chunk.type = MessageType{in.u8()};
    chunk.known = true;
    if (chunk.length > limits_.message_bytes)
      return refuse(Reason::message_size, Errc::limit,
                    fmt::format("a message of {} bytes is announced, the limit is {}", chunk.length, limits_.message_bytes));
  }
  if (format_ == 0) chunk.message_stream = in.u32_little();
  if (chunk.extended)
    step_ = format_ < 3 ? Step::extended : Step::repeated;
  else
    begin_payload();
  return {};
}

void ChunkReader::read_extended(ByteView& input) {
  if (!gather(input, 4)) return;
  head_size_ = 0;
  streams_[current_].field = Reader(ByteView(head_).first(4)).u32();
  begin_payload();
}

// 5.3.1.3 wants the extended timestamp again on every format 3 chunk; some peers leave it out. It is taken for one only while
// it reads as the value that must stand there; otherwise the bytes are payload.
void ChunkReader::read_repeated(ByteView& input) {
  const Stream& chunk = streams_[current_];
  while (head_size_ < 4) {
    if (input.empty()) return;
    head_[head_size_++] = input.front();
    input = input.subspan(1);
    std::uint32_t seen = 0;
    for (std::size_t i = 0; i < head_size_; ++i) seen = seen << 8 | std::to_integer<std::uint32_t>(head_[i]);
    const auto shift = 32 - 8 * head_size_;
    if (seen == chunk.field >> shift || seen == chunk.timestamp >> shift) continue;
    rejected_ = head_size_;
    break;
  }
  head_size_ = 0;
  begin_payload();
}

void ChunkReader::begin_payload() {
  Stream& chunk = streams_[current_];
  if (!chunk.open) {
    // 5.3.1.2.4: format 3 after format 0 repeats that timestamp as a delta; ffmpeg and librtmp write it so.
    chunk.timestamp = format_ == 0 ? chunk.field : chunk.timestamp + chunk.field;
    chunk.open = true;
    const bool media = chunk.type == MessageType::video || chunk.type == MessageType::audio;
    if (media && open_ == 0 && chunk.length <= PayloadBlocks::largest) chunk.payload.lie_in(blocks_.take(chunk.length));
    ++open_;
  }
  chunk_left_ = std::min<std::size_t>(chunk_size_, chunk.length - chunk.payload.size());
  step_ = Step::payload;
  whole_ = chunk_left_ == 0;
}

Checked<void> ChunkReader::read_payload(ByteView& input) {
  Stream& chunk = streams_[current_];
  const ByteView part = input.first(std::min(chunk_left_, input.size()));
  input = input.subspan(part.size());
  chunk.payload.append(part, chunk.length);
  chunk_left_ -= part.size();
  buffered_ += part.size();
  if (buffered_ > limits_.buffered_bytes)
    return refuse(Reason::buffered, Errc::limit, fmt::format("half messages hold more than {} bytes", limits_.buffered_bytes));
  if (chunk_left_ > 0) return {};
  step_ = Step::basic;
  whole_ = chunk.payload.size() == chunk.length;
  return {};
}

Checked<std::optional<Message>> ChunkReader::finish() {
  Stream& chunk = streams_[current_];
  step_ = Step::basic;
  chunk.open = false;
  --open_;
  buffered_ -= chunk.payload.size();
  Message message{chunk.type, chunk.timestamp, chunk.message_stream, chunk.payload.take()};
  if (message.type != MessageType::set_chunk_size && message.type != MessageType::abort) return message;
  if (auto obeyed = obey(message); !obeyed) return tl::unexpected(obeyed.error());
  return std::nullopt;
}

Checked<void> ChunkReader::obey(const Message& message) {
  Reader in(message.payload);
  const std::uint32_t value = in.u32();
  if (!in.ok()) return refuse(Reason::chunk, Errc::bad_syntax, "a protocol control message shorter than 4 bytes");
  if (message.type == MessageType::set_chunk_size) {
    if (value == 0 || value > 0x7FFFFFFF)
      return refuse(Reason::chunk, Errc::bad_syntax, fmt::format("a chunk size of 0x{:x} is not allowed", value));
    chunk_size_ = std::min(value, max_chunk_size);
    return {};
  }
  const auto found = std::find_if(streams_.begin(), streams_.end(), [&](const Stream& one) { return one.id == value; });
  if (found == streams_.end() || !found->open) return {};
  buffered_ -= found->payload.size();
  found->payload.drop(blocks_);
  found->open = false;
  --open_;
  return {};
}

}  // namespace rostrum::rtmp
