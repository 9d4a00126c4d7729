// The inside of HTTP/2: one connection's session. What comes is in http2_requests.cpp, what goes in http2_answers.cpp, its life
// in http2_session.cpp.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http2.hpp"
#include "net/http2_stream.hpp"
#include "net/patience.hpp"

namespace rostrum::net {

/// Connection thread only.
class Http2Session final : public WireProtocol, public Exchange::Owner, private Deadline {
 public:
  Http2Session(WireConnection& connection, std::shared_ptr<const HttpOrigin> origin);

  Result<void> received(ByteView bytes) override;
  void drained() override { go_on(); }
  void closed(const Error&) override;
  void answered(Exchange& exchange) override;
  bool peer_finished() override;
  void wind_down() override;

 private:
  struct SessionDelete {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  static const nghttp2_session_callbacks* callbacks();
  static const nghttp2_option* options();

  // What nghttp2 tells while it receives; the results are its error codes.
  static Clock::duration coarse(Duration d) { return std::chrono::duration_cast<Clock::duration>(d); }
  static std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
  }
  static Http2Session& self(void* user) { return *static_cast<Http2Session*>(user); }
  [[nodiscard]] Http2Stream* stream_of(std::int32_t id) const {
    return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session_.get(), id));
  }
  int frame_begins(const nghttp2_frame_hd& head);
  int head_begins(const nghttp2_frame& frame);
  int field(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int frame_received(const nghttp2_frame& frame);
  int body(std::int32_t id, ByteView bytes);
  int stream_over(std::int32_t id, std::uint32_t code);
  int cancelled();
  void ask(Http2Stream& stream);
  void refuse(Http2Stream& stream, const Refusal& refusal);

  // And while it sends.
  void allow_body(const Http2Stream& stream);
  void respond(Http2Stream& stream);
  static ssize_t next_frame(nghttp2_session*, std::int32_t id, std::uint8_t*, std::size_t length, std::uint32_t* flags,
                            nghttp2_data_source* source, void* user) noexcept;
  int send_body(Http2Stream& stream, const std::uint8_t* head, std::size_t size);
  int frame_sent(const nghttp2_frame& frame);
  void hand_on();
  void send();

  void goaway();
  /// Ends the session with `why`, which goes to the log and the metric; the peer is told to be calm where it was not.
  void give_up(Error why);
  /// After anything that may have made frames or ended streams.
  void go_on();
  void abandon_all();
  /// Looks again at `when`, or earlier.
  void wake(Clock::time_point when);
  std::optional<Clock::time_point> due() const override { return over_ ? std::nullopt : due_; }
  void expired(Clock::time_point now) override;

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
  // What a well-behaved player spends of these is a handful. Every answer gives a cancel back, every frame sent some control
  // frames.
  Patience cancels_{200, 10, now_};
  Patience controls_{1000, 100, now_};
  std::optional<Clock::time_point> due_;
};

}  // namespace rostrum::net
