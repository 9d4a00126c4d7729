#include "net/http2.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <list>
#include <utility>

#include <fmt/format.h>

#include "net/http2_stream.hpp"
#include "net/http_head.hpp"
#include "net/http_text.hpp"
#include "net/patience.hpp"

namespace rostrum::net {
namespace {

constexpr std::size_t send_window = 256 << 10;  // as HTTP/1.1's: what a slow reader has not taken is not queued
constexpr std::size_t frame_head = 9;
constexpr std::size_t frame_bytes = 16384 - frame_head;  // with its head it fills one TLS record
constexpr std::size_t copied_body = 4096;                // a body's end that is cheaper to copy than to share
constexpr std::size_t held_bodies = 4;                   // whole bodies' worth of unfinished requests
constexpr std::size_t hopeless_head = 8;                 // times the limit: no answer is worth decoding on
constexpr std::size_t hopeless_block = 160 << 10;        // received bytes of one head, compressed
constexpr std::size_t queued_frames = 1000;              // of a peer that sends and does not read
constexpr std::size_t tiny_frame = 256;

// What a well-behaved player spends of these is a handful. Every answer gives a cancel back, every frame sent some control
// frames.
constexpr double cancels = 200, cancels_per_second = 10;
constexpr double controls = 1000, controls_per_second = 100, controls_per_frame_sent = 4;

struct SessionDelete {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};

nghttp2_nv pair_of(std::string_view name, std::string_view value) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): nghttp2 copies
  const auto bytes = [](std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// RFC 9113 8.2.2: about a connection of HTTP/1.1.
bool hop_by_hop(std::string_view name) {
  return same_word(name, "Keep-Alive") || same_word(name, "Proxy-Connection") || same_word(name, "Upgrade");
}

Clock::duration coarse(Duration d) {
  return std::chrono::duration_cast<Clock::duration>(d);
}

class Http2 final : public WireProtocol, public Exchange::Owner, private Deadline {
 public:
  Http2(WireConnection& connection, std::shared_ptr<const HttpOrigin> origin)
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

  Result<void> received(ByteView bytes) override {
    if (over_) return {};
    now_ = Clock::now();
    const std::int32_t block_before = block_;
    receiving_ = true;
    const auto taken =
        nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
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

  void drained() override { go_on(); }

  void closed(const Error&) override {
    over_ = true;
    abandon_all();
  }

  void answered(Exchange& exchange) override {
    if (&exchange == handling_) return;
    answered_.push_back(std::static_pointer_cast<Http2Stream>(exchange.shared_from_this()));
    go_on();
  }

  // Answers that are ready still go out; nobody is there any more for those that are not.
  bool peer_finished() override {
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
  void wind_down() override {
    last_ = true;
    goaway();
    go_on();
  }

 private:
  // ---- what nghttp2 tells ----

  static Http2& self(void* user) { return *static_cast<Http2*>(user); }
  static Http2Stream* stream_of(nghttp2_session* session, std::int32_t id) {
    return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static const nghttp2_session_callbacks* callbacks() {
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
          c, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                void* user) noexcept { return self(user).body(id, std::as_bytes(std::span(data, size))); });
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
  static const nghttp2_option* options() {
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

  int frame_begins(const nghttp2_frame_hd& head) {
    bool idle_talk = true;
    if (head.type == NGHTTP2_HEADERS || head.type == NGHTTP2_CONTINUATION || head.type == NGHTTP2_RST_STREAM) idle_talk = false;
    if (head.type == NGHTTP2_DATA) idle_talk = head.length < tiny_frame && (head.flags & NGHTTP2_FLAG_END_STREAM) == 0;
    if (!idle_talk || controls_.spend(now_)) return 0;
    give_up({Errc::limit, {}, "HTTP/2: a flood of frames that ask for nothing"});
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  int head_begins(const nghttp2_frame& frame) {
    block_ = frame.hd.stream_id;
    block_since_ = now_;
    if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    auto stream = std::make_shared<Http2Stream>(frame.hd.stream_id, connection_, weak_, *this);
    nghttp2_session_set_stream_user_data(session_.get(), frame.hd.stream_id, stream.get());
    stream->place = streams_.insert(streams_.end(), stream);
    return 0;
  }

  int field(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
    Http2Stream* stream = stream_of(session_.get(), frame.hd.stream_id);
    if (!stream || frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;  // a trailer: nobody asked for it
    stream->field(name, value, limits_);
    if (stream->head_bytes() <= hopeless_head * limits_.head_bytes) return 0;
    give_up({Errc::limit, {}, "HTTP/2: a head that unpacks to far more than it may have"});
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  int frame_received(const nghttp2_frame& frame) {
    if (frame.hd.type == NGHTTP2_HEADERS) block_ = 0;
    if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
    Http2Stream* stream = stream_of(session_.get(), frame.hd.stream_id);
    if (!stream || stream->asked) return 0;
    const bool whole = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
      if (!std::exchange(heard_, true)) connection_.sent_request();
      if (auto refusal = stream->check_head(limits_)) {
        refuse(*stream, *refusal);
        return 0;
      }
      if (!whole && stream->expects_continue()) {
        const nghttp2_nv interim = pair_of(":status", "100");
        nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream->id, nullptr, &interim, 1, nullptr);
      }
      wake(stream->asked_at + coarse(whole ? limits_.answer : limits_.body));
    }
    if (whole) ask(*stream);
    return 0;
  }

  int body(std::int32_t id, ByteView bytes) {
    Http2Stream* stream = stream_of(session_.get(), id);
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

  int stream_over(std::int32_t id, std::uint32_t code) {
    if (block_ == id) block_ = 0;
    Http2Stream* found = stream_of(session_.get(), id);
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

  int cancelled() {
    if (cancels_.spend(now_)) return 0;
    give_up({Errc::limit, {}, "HTTP/2: too many requests were cancelled (rapid reset)"});
    return receiving_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
  }

  int frame_sent(const nghttp2_frame& frame) {
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

  // ---- requests and answers ----

  void ask(Http2Stream& stream) {
    stream.asked = true;
    held_ -= stream.body.size();
    wake(stream.asked_at + coarse(limits_.answer));
    const auto shared = *stream.place;
    handling_ = &stream;  // as HTTP/1.1: an answer leaves when the handler is over
    origin_->ask(connection_, stream.take(), shared);
    handling_ = nullptr;
    if (stream.ready) respond(stream);
  }

  void refuse(Http2Stream& stream, const Refusal& refusal) {
    stream.asked = true;
    held_ -= stream.body.size();
    stream.body = {};
    stream.replace(answer_of(refusal));
    respond(stream);
  }

  void respond(Http2Stream& stream) {
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

  static ssize_t next_frame(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t length, std::uint32_t* flags,
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

  int send_body(Http2Stream& stream, const std::uint8_t* head, std::size_t size) {
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

  void hand_on() {
    if (!out_.empty()) connection_.write(Bytes(std::exchange(out_, {})));
  }

  void send() {
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

  // ---- the end ----

  void goaway() {
    if (std::exchange(goaway_sent_, true)) return;
    const auto last = nghttp2_session_get_last_proc_stream_id(session_.get());
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
  }

  /// Ends the session with `why`, which goes to the log and the metric; the peer is told to be calm where it was not.
  void give_up(Error why) {
    if (error_) return;
    const bool flood = why.code == Errc::limit;
    error_ = std::move(why);
    nghttp2_session_terminate_session(session_.get(), flood ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
  }

  /// After anything that may have made frames or ended streams.
  void go_on() {
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

  void abandon_all() {
    const auto gone = std::exchange(streams_, {});
    for (const auto& stream : gone) {
      nghttp2_session_set_stream_user_data(session_.get(), stream->id, nullptr);
      stream->over = true;
      if (!stream->responded) stream->abandon();
    }
  }

  // ---- deadlines ----

  /// Looks again at `when`, or earlier.
  void wake(Clock::time_point when) {
    if (due_ && *due_ <= when) return;
    due_ = when;
    connection_.file(*this);
  }

  std::optional<Clock::time_point> due() const override { return over_ ? std::nullopt : due_; }

  void expired(Clock::time_point now) override {
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

  WireConnection& connection_;
  const std::weak_ptr<Connection> weak_;
  const std::shared_ptr<const HttpOrigin> origin_;
  const HttpLimits& limits_ = origin_->limits;
  const std::size_t window_;
  std::unique_ptr<nghttp2_session, SessionDelete> session_;

  std::list<std::shared_ptr<Http2Stream>> streams_;     // open ones, as they came
  std::vector<std::shared_ptr<Http2Stream>> answered_;  // not begun yet
  std::vector<std::shared_ptr<Http2Stream>> gone_;      // whose answerers are to be told
  std::size_t owing_ = 0;                               // streams with a rest of their body
  std::string out_;                                     // frames not handed on yet
  std::size_t held_ = 0;                                // bytes of bodies of unfinished requests
  std::optional<Error> error_;
  bool heard_ = false;  // a request
  bool last_ = false;   // no further one is taken
  bool goaway_sent_ = false;
  bool over_ = false;       // nothing is sent or taken any more
  bool receiving_ = false;  // nghttp2 is on the stack, and must not be entered anew
  bool sending_ = false;
  const Exchange* handling_ = nullptr;  // the one whose handler is on the stack

  Clock::time_point now_ = Clock::now();
  Clock::time_point since_ = now_;    // nothing was open
  Clock::time_point sent_at_ = now_;  // the last piece of a body
  std::int32_t block_ = 0;            // the stream whose head has begun and not ended; 0 = none
  Clock::time_point block_since_{};
  std::size_t block_bytes_ = 0;
  Patience cancels_{cancels, cancels_per_second, now_};
  Patience controls_{controls, controls_per_second, now_};
  std::optional<Clock::time_point> due_;
};

}  // namespace

std::unique_ptr<WireProtocol> make_http2(WireConnection& connection, std::shared_ptr<const HttpOrigin> origin) {
  return std::make_unique<Http2>(connection, std::move(origin));
}

}  // namespace rostrum::net
