// What goes over HTTP/2: answers as frames, and frames to the connection.
#include <algorithm>
#include <list>
#include <utility>

#include <fmt/format.h>

#include "net/http2_session.hpp"
#include "net/http_head.hpp"
#include "net/http_text.hpp"

namespace rostrum::net {
namespace {

constexpr std::size_t frame_head = 9;
constexpr std::size_t frame_bytes = 16384 - frame_head;  // with its head it fills one TLS record
constexpr std::size_t copied_body = 4096;                // a body's end that is cheaper to copy than to share
constexpr double controls_per_frame_sent = 4;

nghttp2_nv pair_of(std::string_view name, std::string_view value) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): nghttp2 copies
  const auto bytes = [](std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

// RFC 9113 8.2.2: about a connection of HTTP/1.1.
bool hop_by_hop(std::string_view name) {
  return same_word(name, "Keep-Alive") || same_word(name, "Proxy-Connection") || same_word(name, "Upgrade");
}

}  // namespace

void Http2Session::allow_body(const Http2Stream& stream) {
  const nghttp2_nv interim = pair_of(":status", "100");
  nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream.id, nullptr, &interim, 1, nullptr);
}

void Http2Session::respond(Http2Stream& stream) {
  HttpResponse& response = stream.response;
  if (response.upgrade) response = answer_of({501, "HTTP/2 hands no connection over"});
  origin_->leaving(response);
  stream.responded = true;
  const std::size_t size = stream.body_size();
  stream.left = stream.has_content() ? size : 0;
  if (stream.left > 0 && owing_++ == 0) sent_at_ = now_;
  const fmt::format_int status(response.status), length(size);
  thread_local std::vector<nghttp2_nv> fields;
  std::list<std::string> mended;
  fields.assign({pair_of(":status", {status.data(), status.size()}), pair_of("date", date_now())});
  if (response.shared_headers) {
    for (const Header& header : response.shared_headers->headers()) {
      if (!hop_by_hop(header.name)) fields.push_back(pair_of(header.name, header.value));
    }
  }
  for (const Header& header : response.headers) {
    if (!goes_out(header) || hop_by_hop(header.name)) continue;
    std::string_view value = header.value;
    if (std::ranges::any_of(value, breaks)) {
      std::string& text = mended.emplace_back(value);
      std::ranges::replace_if(text, breaks, ' ');
      value = text;
    }
    fields.push_back(pair_of(header.name, value));
  }
  if (has_body(response.status)) fields.push_back(pair_of("content-length", {length.data(), length.size()}));
  const nghttp2_data_provider provider{{.ptr = &stream}, next_frame};
  nghttp2_submit_response(session_.get(), stream.id, fields.data(), fields.size(), stream.left > 0 ? &provider : nullptr);
}

ssize_t Http2Session::next_frame(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t length, std::uint32_t* flags,
                                 nghttp2_data_source* source, void* user) noexcept {
  const auto& stream = *static_cast<Http2Stream*>(source->ptr);
  // The first frame shares its record with the heads before it.
  const std::size_t before = self(user).out_.size();
  const std::size_t most = before < frame_bytes / 2 ? frame_bytes - before : frame_bytes;
  const std::size_t count = std::min({length, stream.left, most});
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (count == stream.left) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(count);
}

int Http2Session::send_body(Http2Stream& stream, const std::uint8_t* head, std::size_t size) {
  out_.append(text_of(head, frame_head));
  stream.left -= size;
  if (stream.left == 0) --owing_;
  const bool copy = size <= copied_body;
  if (!copy) hand_on();
  while (size > 0) {
    const Bytes piece = stream.next_piece(size);
    size -= piece.size();
    copy ? void(out_.append(piece.text())) : connection_.write(piece);
  }
  sent_at_ = now_;
  controls_.earn(controls_per_frame_sent);
  return connection_.unsent() + out_.size() >= window_ ? NGHTTP2_ERR_PAUSE : 0;
}

int Http2Session::frame_sent(const nghttp2_frame& frame) {
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (ends && (frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS) &&
      nghttp2_session_get_stream_remote_close(session_.get(), frame.hd.stream_id) == 0) {
    // RFC 9113 8.1: the answer is out before the request was; the rest of it is not wanted.
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
  }
  // More streams than were allowed: nghttp2 refuses them without asking.
  if (frame.hd.type == NGHTTP2_RST_STREAM && frame.rst_stream.error_code == NGHTTP2_REFUSED_STREAM) cancelled();
  if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code != NGHTTP2_NO_ERROR && !error_)
    error_ = Error{Errc::bad_syntax,
                   {},
                   fmt::format("HTTP/2: {} {}", nghttp2_http2_strerror(frame.goaway.error_code),
                               text_of(frame.goaway.opaque_data, frame.goaway.opaque_data_len))};
  return 0;
}

void Http2Session::hand_on() {
  if (!out_.empty()) connection_.write(Bytes(std::exchange(out_, {})));
}

void Http2Session::send() {
  if (!streams_.empty()) out_.reserve(frame_bytes + frame_head);
  while (connection_.unsent() + out_.size() < window_) {
    const std::uint8_t* data = nullptr;
    const auto size = nghttp2_session_mem_send(session_.get(), &data);
    if (size < 0) {
      give_up({Errc::internal, {}, fmt::format("HTTP/2: {}", nghttp2_strerror(static_cast<int>(size)))});
      break;
    }
    if (size == 0) break;
    out_.append(text_of(data, static_cast<std::size_t>(size)));
  }
  hand_on();
}

}  // namespace rostrum::net
