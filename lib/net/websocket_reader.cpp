#include "net/websocket_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/core.h>

namespace rostrum::net {
namespace {

constexpr std::size_t control_bytes = 125;  // RFC 6455 5.5

tl::unexpected<Violation> violated(CloseCode code, std::string what) {
  return tl::unexpected(Violation{code, std::move(what)});
}
tl::unexpected<Violation> broken(std::string what) {
  return violated(CloseCode::protocol_error, std::move(what));
}

// RFC 6455 5.3, eight bytes at a time. `at`: bytes of the frame before these, modulo 4.
void unmask(std::span<std::byte> bytes, const std::array<std::byte, 4>& mask, std::size_t at) {
  std::array<std::byte, 8> key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = mask[(at + i) % 4];
  std::uint64_t wide = 0;
  std::memcpy(&wide, key.data(), sizeof wide);
  std::size_t i = 0;
  for (std::uint64_t block = 0; i + sizeof block <= bytes.size(); i += sizeof block) {
    std::memcpy(&block, bytes.data() + i, sizeof block);
    block ^= wide;
    std::memcpy(bytes.data() + i, &block, sizeof block);
  }
  for (; i < bytes.size(); ++i) bytes[i] ^= key[i % 8];
}

}  // namespace

tl::expected<std::optional<WebSocketReader::Item>, Violation> WebSocketReader::next(ByteView& bytes) {
  while (true) {
    if (!in_payload_) {
      while (header_size_ < header_needs() && !bytes.empty()) {
        header_[header_size_++] = bytes.front();
        bytes = bytes.subspan(1);
      }
      if (header_size_ < header_needs()) return std::nullopt;
      if (auto begun = begin_frame(); !begun) return tl::unexpected(std::move(begun).error());
    }
    if (auto taken = take_payload(bytes); !taken) return tl::unexpected(std::move(taken).error());
    if (left_ > 0) return std::nullopt;
    auto item = end_frame();
    if (!item || *item) return item;
  }
}

std::size_t WebSocketReader::header_needs() const {
  if (header_size_ < 2) return 2;
  const auto length = std::to_integer<unsigned>(header_[1]) & 0x7f;
  const std::size_t mask = (header_[1] & std::byte{0x80}) != std::byte{} ? 4 : 0;
  return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + mask;
}

tl::expected<void, Violation> WebSocketReader::begin_frame() {
  Reader in(ByteView(header_).first(header_size_));
  const unsigned first = in.u8();
  const unsigned second = in.u8();
  const unsigned code = first & 0x0f;
  if ((first & 0x70) != 0) return broken("reserved bits are set, and no extension was agreed");
  if ((code > 2 && code < 8) || code > 10) return broken(fmt::format("opcode {} is reserved", code));
  if ((second & 0x80) == 0) return broken("a client's frame must be masked");
  const unsigned length = second & 0x7f;
  left_ = length == 126 ? in.u16() : length == 127 ? in.u64() : length;
  // 5.2: the shortest form only. Two ways to say one length are two readings for two readers.
  if ((length == 126 && left_ <= 125) || (length == 127 && left_ <= 0xffff))
    return broken("a length is not in its shortest form");
  std::ranges::copy(in.take(4), mask_.begin());
  header_size_ = 0;
  mask_at_ = 0;
  in_payload_ = true;
  opcode_ = static_cast<Opcode>(code);
  final_ = (first & 0x80) != 0;

  if (is_control(opcode_)) {
    if (!final_) return broken("a control frame must not be fragmented");
    if (left_ > control_bytes) return broken(fmt::format("a control frame has at most {} bytes", control_bytes));
    control_.clear();
    return {};
  }
  if (opcode_ == Opcode::continuation && !in_message_) return broken("a continuation of nothing");
  if (opcode_ != Opcode::continuation && in_message_) return broken("a new message within an unfinished one");
  if (left_ > bounds_->frame_bytes)
    return violated(CloseCode::too_big, fmt::format("a frame has at most {} bytes", bounds_->frame_bytes));
  if (left_ > bounds_->message_bytes - message_.size())
    return violated(CloseCode::too_big, fmt::format("a message has at most {} bytes", bounds_->message_bytes));
  if (opcode_ != Opcode::continuation) {
    kind_ = opcode_;
    in_message_ = true;
    utf8_ = {};
  }
  return {};
}

tl::expected<void, Violation> WebSocketReader::take_payload(ByteView& bytes) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  if (count == 0) return {};
  std::vector<std::byte>& into = is_control(opcode_) ? control_ : message_;
  const std::size_t held = into.size();
  into.insert(into.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
  bytes = bytes.subspan(count);
  left_ -= count;
  const auto fresh = std::span(into).subspan(held);
  unmask(fresh, mask_, mask_at_);
  mask_at_ = static_cast<std::uint8_t>((mask_at_ + count) % 4);
  if (!is_control(opcode_) && kind_ == Opcode::text && !utf8_.take(fresh))
    return violated(CloseCode::bad_payload, "a text message is no UTF-8");
  return {};
}

tl::expected<std::optional<WebSocketReader::Item>, Violation> WebSocketReader::end_frame() {
  in_payload_ = false;
  if (is_control(opcode_)) return Item{opcode_, control_.empty() ? Bytes() : Bytes(std::exchange(control_, {}))};
  if (!final_) return std::nullopt;
  in_message_ = false;
  if (kind_ == Opcode::text && !utf8_.whole()) return violated(CloseCode::bad_payload, "a text message ends within a character");
  return Item{kind_, message_.empty() ? Bytes() : Bytes(std::exchange(message_, {}))};
}

}  // namespace rostrum::net
