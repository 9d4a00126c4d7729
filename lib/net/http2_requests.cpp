// What comes over HTTP/2: nghttp2's callbacks, and the requests that they make.
#include <algorithm>
#include <new>
#include <span>
#include <utility>

#include "net/http2_session.hpp"

namespace rostrum::net {
namespace {

constexpr std::size_t held_bodies = 4;    // whole bodies' worth of unfinished requests
constexpr std::size_t hopeless_head = 8;  // times the limit: no answer is worth decoding on
constexpr std::size_t tiny_frame = 256;

}  // namespace

const nghttp2_session_callbacks* Http2Session::callbacks() {
  static const nghttp2_session_callbacks* const made = [] {
    nghttp2_session_callbacks* c = nullptr;
    if (nghttp2_session_callbacks_new(&c) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_frame_callback(
        c, [](nghttp2_session*, const nghttp2_frame_hd* head, void* user) noexcept { return self(user).frame_begins(*head); });
    nghttp2_session_callbacks_set_on_begin_headers_callback(
        c, [](nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept { return self(user).head_begins(*frame); });
    nghttp2_session_callbacks_set_on_header_callback(
        c, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
              const std::uint8_t* value, std::size_t value_size, std::uint8_t,
              void* user) noexcept { return self(user).field(*frame, text_of(name, name_size), text_of(value, value_size)); });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        c, [](nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept { return self(user).frame_received(*frame); });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        c, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size, void* user) noexcept {
          return self(user).body(id, std::as_bytes(std::span(data, size)));
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        c, [](nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) noexcept {
          return self(user).stream_over(id, code);
        });
    nghttp2_session_callbacks_set_on_frame_send_callback(
        c, [](nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept { return self(user).frame_sent(*frame); });
    nghttp2_session_callbacks_set_send_data_callback(
        c, [](nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t size, nghttp2_data_source* source,
              void* user) noexcept { return self(user).send_body(*static_cast<Http2Stream*>(source->ptr), head, size); });
    nghttp2_session_callbacks_set_on_extension_chunk_recv_callback(
        c, [](nghttp2_session*, const nghttp2_frame_hd*, const std::uint8_t*, std::size_t, void*) noexcept {
          return static_cast<int>(NGHTTP2_ERR_CANCEL);
        });
    nghttp2_session_callbacks_set_unpack_extension_callback(
        c,
        [](nghttp2_session*, void**, const nghttp2_frame_hd*, void*) noexcept { return static_cast<int>(NGHTTP2_ERR_CANCEL); });
    return c;
  }();
  return made;
}

// nghttp2 skips frames of other types without a word, unless somebody wants them: we want to count them.
const nghttp2_option* Http2Session::options() {
  static const nghttp2_option* const made = [] {
    nghttp2_option* o = nullptr;
    if (nghttp2_option_new(&o) != 0) throw std::bad_alloc();
    nghttp2_option_set_builtin_recv_extension_type(o, NGHTTP2_PRIORITY_UPDATE);  // RFC 9218 7.1
    for (int type = NGHTTP2_CONTINUATION + 1; type <= 0xff; ++type) {
      if (type != NGHTTP2_PRIORITY_UPDATE) nghttp2_option_set_user_recv_extension_type(o, static_cast<std::uint8_t>(type));
    }
    return o;
  }();
  return made;
}

int Http2Session::frame_begins(const nghttp2_frame_hd& head) {
  bool idle_talk = true;
  if (head.type == NGHTTP2_HEADERS || head.type == NGHTTP2_CONTINUATION || head.type == NGHTTP2_RST_STREAM) idle_talk = false;
  if (head.type == NGHTTP2_DATA) idle_talk = head.length < tiny_frame && (head.flags & NGHTTP2_FLAG_END_STREAM) == 0;
  if (!idle_talk || controls_.spend(now_)) return 0;
  give_up({Errc::limit, {}, "HTTP/2: a flood of frames that ask for nothing"});
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int Http2Session::head_begins(const nghttp2_frame& frame) {
  block_ = frame.hd.stream_id;
  block_since_ = now_;
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  auto stream = std::make_shared<Http2Stream>(frame.hd.stream_id, connection_, weak_, *this);
  nghttp2_session_set_stream_user_data(session_.get(), frame.hd.stream_id, stream.get());
  stream->place = streams_.insert(streams_.end(), stream);
  return 0;
}

int Http2Session::field(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  Http2Stream* stream = stream_of(frame.hd.stream_id);
  if (!stream || frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;  // a trailer: nobody asked for it
  stream->field(name, value, limits_);
  if (stream->head_bytes() <= hopeless_head * limits_.head_bytes) return 0;
  give_up({Errc::limit, {}, "HTTP/2: a head that unpacks to far more than it may have"});
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int Http2Session::frame_received(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_HEADERS) block_ = 0;
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  Http2Stream* stream = stream_of(frame.hd.stream_id);
  if (!stream || stream->asked) return 0;
  const bool whole = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    if (!std::exchange(heard_, true)) connection_.sent_request();
    if (auto refusal = stream->check_head(limits_)) {
      refuse(*stream, *refusal);
      return 0;
    }
    if (!whole && stream->expects_continue()) allow_body(*stream);
    wake(stream->asked_at + coarse(whole ? limits_.answer : limits_.body));
  }
  if (whole) ask(*stream);
  return 0;
}

int Http2Session::body(std::int32_t id, ByteView bytes) {
  Http2Stream* stream = stream_of(id);
  if (!stream || stream->asked) return 0;
  if (stream->body.size() + bytes.size() > limits_.body_bytes) {
    refuse(*stream, {413, "the body is too large"});
  } else if (held_ + bytes.size() > held_bodies * limits_.body_bytes) {
    refuse(*stream, {503, "too many bodies at once on one connection"});
  } else {
    held_ += bytes.size();
    stream->body.insert(stream->body.end(), bytes.begin(), bytes.end());
  }
  return 0;
}

int Http2Session::stream_over(std::int32_t id, std::uint32_t code) {
  if (block_ == id) block_ = 0;
  Http2Stream* found = stream_of(id);
  if (!found) return 0;
  const auto stream = *found->place;
  streams_.erase(stream->place);
  stream->over = true;
  held_ -= stream->body.size();
  if (stream->left > 0) --owing_;
  if (streams_.empty()) {
    since_ = now_;
    wake(since_ + coarse(limits_.idle));
  }
  if (code == NGHTTP2_NO_ERROR && stream->responded) {
    cancels_.earn(1);
    return 0;
  }
  gone_.push_back(stream);
  // CVE-2023-44487, and its sister in which the client makes us reset: either way it asked for work and threw it away.
  return cancelled();
}

int Http2Session::cancelled() {
  if (cancels_.spend(now_)) return 0;
  give_up({Errc::limit, {}, "HTTP/2: too many requests were cancelled (rapid reset)"});
  return receiving_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

void Http2Session::ask(Http2Stream& stream) {
  stream.asked = true;
  held_ -= stream.body.size();
  wake(stream.asked_at + coarse(limits_.answer));
  const auto shared = *stream.place;
  handling_ = &stream;  // as HTTP/1.1: an answer leaves when the handler is over
  origin_->ask(connection_, stream.take(), shared);
  handling_ = nullptr;
  if (stream.ready) respond(stream);
}

void Http2Session::refuse(Http2Stream& stream, const Refusal& refusal) {
  stream.asked = true;
  held_ -= stream.body.size();
  stream.body = {};
  stream.replace(answer_of(refusal));
  respond(stream);
}

}  // namespace rostrum::net
