#include "net/http2_session.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include <fmt/core.h>

namespace rostrum::net {
namespace {

constexpr std::size_t send_window = 256 << 10;     // as HTTP/1.1's: what a slow reader has not taken is not queued
constexpr std::size_t hopeless_block = 160 << 10;  // received bytes of one head, compressed
constexpr std::size_t queued_frames = 1000;        // of a peer that sends and does not read

}  // namespace

Http2Session::Http2Session(WireConnection& connection, std::shared_ptr<const HttpOrigin> origin)
    : connection_(connection),
      weak_(connection.weak()),
      origin_(std::move(origin)),
      window_(std::min(send_window, std::max<std::size_t>(1, connection.send_limit() / 2))) {
  nghttp2_session* session = nullptr;
  if (nghttp2_session_server_new2(&session, callbacks(), this, options()) != 0) throw std::bad_alloc();
  session_.reset(session);
  const std::array settings{
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, static_cast<std::uint32_t>(limits_.streams)},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits_.head_bytes)},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},  // RFC 9218's are what browsers send
  };
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  send();
  wake(since_ + coarse(limits_.head));
}

Result<void> Http2Session::received(ByteView bytes) {
  if (over_) return {};
  now_ = Clock::now();
  const std::int32_t block_before = block_;
  receiving_ = true;
  const auto taken = nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  receiving_ = false;
  if (taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC) {
    give_up({Errc::bad_syntax, {}, "HTTP/2 was agreed on, but its preface did not come"});
  } else if (taken < 0) {
    give_up({taken == NGHTTP2_ERR_FLOODED ? Errc::limit : Errc::bad_syntax,
             {},
             fmt::format("HTTP/2: {}", nghttp2_strerror(static_cast<int>(taken)))});
  }
  // A head that never ends: frames without end, or one that decodes to nothing.
  block_bytes_ = block_ != 0 && block_ == block_before ? block_bytes_ + bytes.size() : 0;
  if (block_bytes_ > hopeless_block) give_up({Errc::limit, {}, "HTTP/2: a head without an end"});
  if (block_ != 0) wake(block_since_ + coarse(limits_.head));
  go_on();
  return {};
}

void Http2Session::closed(const Error&) {
  over_ = true;
  abandon_all();
}

void Http2Session::answered(Exchange& exchange) {
  if (&exchange == handling_) return;
  answered_.push_back(std::static_pointer_cast<Http2Stream>(exchange.shared_from_this()));
  go_on();
}

// Answers that are ready still go out; nobody is there any more for those that are not.
bool Http2Session::peer_finished() {
  last_ = true;
  std::vector<std::int32_t> parked;
  for (const auto& stream : streams_) {
    if (!stream->responded) parked.push_back(stream->id);
  }
  for (const std::int32_t id : parked) nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  go_on();
  return !streams_.empty();
}

// RFC 9113 6.8: what has begun is answered; what comes now has not been looked at, and the client knows that.
void Http2Session::wind_down() {
  last_ = true;
  goaway();
  go_on();
}

void Http2Session::goaway() {
  if (std::exchange(goaway_sent_, true)) return;
  const auto last = nghttp2_session_get_last_proc_stream_id(session_.get());
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
}

void Http2Session::give_up(Error why) {
  if (error_) return;
  const bool flood = why.code == Errc::limit;
  error_ = std::move(why);
  nghttp2_session_terminate_session(session_.get(), flood ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
}

void Http2Session::go_on() {
  if (over_ || receiving_ || sending_) return;
  now_ = Clock::now();
  for (const auto& stream : std::exchange(answered_, {})) {
    if (!stream->over) respond(*stream);
  }
  sending_ = true;
  send();
  sending_ = false;
  for (const auto& stream : std::exchange(gone_, {})) stream->abandon();  // not before: it may call back
  nghttp2_session* session = session_.get();
  if (nghttp2_session_get_outbound_queue_size(session) > queued_frames)
    give_up({Errc::limit, {}, "HTTP/2: a peer that sends and does not read"});
  if (owing_ > 0 && connection_.unsent() == 0) wake(sent_at_ + coarse(limits_.stalled));
  if (error_) {
    over_ = true;
    abandon_all();
    connection_.fail(*error_);
  } else if ((last_ && streams_.empty()) || (!nghttp2_session_want_read(session) && !nghttp2_session_want_write(session))) {
    over_ = true;
    connection_.close("");
  }
}

void Http2Session::abandon_all() {
  const auto gone = std::exchange(streams_, {});
  for (const auto& stream : gone) {
    nghttp2_session_set_stream_user_data(session_.get(), stream->id, nullptr);
    stream->over = true;
    if (!stream->responded) stream->abandon();
  }
}

void Http2Session::wake(Clock::time_point when) {
  if (due_ && *due_ <= when) return;
  due_ = when;
  connection_.file(*this);
}

void Http2Session::expired(Clock::time_point now) {
  if (over_) return;
  now_ = now;
  due_.reset();
  const auto past = [&](Clock::time_point begun, Duration limit) {
    const auto at = begun + coarse(limit);
    if (at <= now) return true;
    wake(at);
    return false;
  };
  if (block_ != 0 && past(block_since_, limits_.head)) give_up({Errc::timeout, {}, "HTTP/2: a head did not come in time"});
  if (streams_.empty() && !goaway_sent_ && past(since_, heard_ ? limits_.idle : limits_.head)) {
    last_ = true;
    goaway();
  }
  std::vector<std::shared_ptr<Http2Stream>> late;
  for (const auto& stream : streams_) {
    if (!stream->responded && past(stream->asked_at, stream->asked ? limits_.answer : limits_.body)) late.push_back(stream);
  }
  for (const auto& stream : late) {
    if (stream->asked) {
      stream->replace(answer_of({504, "the answer did not come in time"}));
      respond(*stream);
    } else {
      refuse(*stream, {408, "the body did not come in time"});
    }
  }
  // What lies in the connection's queue is the connection's to watch; this is a peer that opens no window.
  if (owing_ > 0 && connection_.unsent() == 0 && past(sent_at_, limits_.stalled))
    give_up({Errc::timeout, {}, "HTTP/2: a slow reader: it opens no window"});
  go_on();
}

std::unique_ptr<WireProtocol> make_http2(WireConnection& connection, std::shared_ptr<const HttpOrigin> origin) {
  return std::make_unique<Http2Session>(connection, std::move(origin));
}

}  // namespace rostrum::net
