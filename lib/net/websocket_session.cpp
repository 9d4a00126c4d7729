#include "net/websocket_session.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace rostrum::net {
namespace {

// Pings are answered one by one up to this many unsent bytes, then only the newest (RFC 6455 5.5.3): a peer that sends pings and
// reads nothing gets no memory for it.
constexpr std::size_t pongs_queued = 4 << 10;

Clock::duration coarse(Duration d) {
  return std::chrono::duration_cast<Clock::duration>(d);
}

Ending ending_of(CloseCode code) {
  switch (code) {
    case CloseCode::normal:
    case CloseCode::none:
      return Ending::normal;
    case CloseCode::going_away:
      return Ending::going_away;
    case CloseCode::protocol_error:
      return Ending::protocol_error;
    case CloseCode::bad_payload:
      return Ending::bad_payload;
    case CloseCode::too_big:
      return Ending::too_big;
    default:
      return Ending::other;
  }
}

}  // namespace

WebSocketSession::WebSocketSession(WireConnection& connection, std::shared_ptr<const WebSocketEndpoint::State> endpoint,
                                   Client client, std::string subprotocol)
    : connection_(connection),
      endpoint_(std::move(endpoint)),
      client_(std::move(client)),
      subprotocol_(std::move(subprotocol)),
      reader_(endpoint_->options.limits.in) {
  endpoint_->open.add(1);
  connection_.file(*this);
}

WebSocketSession::~WebSocketSession() {
  endpoint_->open.add(-1);
}

void WebSocketSession::open(const WebSocketEndpoint::Open& open) {
  handler_ = open(*this);
  if (!handler_) close(CloseCode::internal, "");
}

Result<void> WebSocketSession::received(ByteView bytes) {
  heard_at_ = Clock::now();
  if (std::exchange(pinged_, false)) connection_.file(*this);  // the next ping may be due before the pong was
  while (phase_ != Phase::over) {
    auto item = reader_.next(bytes);
    if (!item) {
      violated(item.error());
      break;
    }
    if (!*item) break;
    within_ = false;
    take(**std::move(item));
  }
  if (!reader_.within()) {
    within_ = false;
  } else if (!std::exchange(within_, true)) {
    begun_at_ = heard_at_;
    connection_.file(*this);
  }
  return {};
}

void WebSocketSession::take(WebSocketReader::Item item) {
  switch (item.opcode) {
    case Opcode::ping:
      return take_ping(std::move(item.payload));
    case Opcode::pong:
      return;
    case Opcode::close:
      return take_close(item.payload);
    default:
      break;
  }
  if (phase_ != Phase::open) return;  // it was on its way when we closed
  endpoint_->received.add();
  message_at_ = heard_at_;
  handler_->message(item.opcode, std::move(item.payload));
}

void WebSocketSession::take_ping(Bytes payload) {
  if (phase_ != Phase::open) return;
  const bool room = connection_.unsent() < pongs_queued;
  Bytes pong = make_frame(Opcode::pong, payload);
  room ? connection_.write(std::move(pong)) : void(owed_pong_ = std::move(pong));
}

void WebSocketSession::take_close(ByteView payload) {
  Reader in(payload);
  CloseCode code = CloseCode::none;
  if (!payload.empty()) code = static_cast<CloseCode>(in.u16());
  const std::string_view reason = as_text(in.rest());
  if (!in.ok() || (code != CloseCode::none && !may_be_sent(code)) || (!payload.empty() && code == CloseCode::none))
    return violated({CloseCode::protocol_error, "a close frame without a proper code"});
  if (!is_utf8(reason)) return violated({CloseCode::bad_payload, "the reason of a close frame is no UTF-8"});
  if (phase_ == Phase::open) {
    end_.code = code;
    end_.reason = reason;
    ending_ = ending_of(code);
    connection_.write(make_close(code, {}));  // 5.5.1: with the code that came
  }
  end_.clean = true;
  phase_ = Phase::over;
  connection_.close("");  // 7.1.1: the server closes first
}

void WebSocketSession::violated(const Violation& violation) {
  const Errc code = violation.code == CloseCode::too_big ? Errc::limit : Errc::bad_syntax;
  fail(violation.code, ending_of(violation.code), {code, "WebSocket", violation.what});
}

void WebSocketSession::fail(CloseCode code, Ending ending, Error why) {
  if (phase_ == Phase::over) return;
  if (phase_ == Phase::open) {
    end_.code = code;
    end_.reason = why.what;
    connection_.write(make_close(code, why.what));
  }
  ending_ = ending;
  phase_ = Phase::over;
  connection_.fail(std::move(why));
}

void WebSocketSession::close(CloseCode code, std::string_view reason) {
  if (phase_ != Phase::open) return;
  if (!may_be_sent(code)) code = CloseCode::none;
  phase_ = Phase::closing;
  end_.code = code;
  end_.reason = reason;
  ending_ = ending_of(code);
  asked_at_ = Clock::now();
  owed_pong_ = {};
  pause_reading(false);  // the peer's close frame stands behind what it sent before
  connection_.write(make_close(code, reason));
  connection_.file(*this);
}

bool WebSocketSession::is_slow(std::size_t more) {
  const std::size_t limit = std::min(endpoint_->options.limits.unsent_bytes, connection_.send_limit() / 2);
  const auto passed = [&] { return connection_.unsent() > 0 && connection_.unsent() + more > limit; };
  if (!passed()) return false;
  connection_.offer();  // what was queued in this turn has not been offered to the kernel yet
  return passed();
}

void WebSocketSession::send(const WebSocketMessage& message) {
  if (phase_ != Phase::open) return;
  if (missed_ == 0 && !is_slow(message.frame().size())) {
    endpoint_->sent.add();
    if (endpoint_->options.limits.idle > Duration::zero()) message_at_ = Clock::now();
    return connection_.write(message.frame());
  }
  if (endpoint_->options.slow_reader == SlowReader::skip) {
    ++missed_;
    return endpoint_->skipped.add();
  }
  fail(CloseCode::try_later, Ending::slow_reader,
       {Errc::limit, "WebSocket", fmt::format("a slow reader: {} bytes are unsent", connection_.unsent())});
}

void WebSocketSession::pause_reading(bool paused) {
  if (paused_ == paused || (paused && phase_ != Phase::open)) return;
  paused_ = paused;
  heard_at_ = begun_at_ = Clock::now();  // what could not come was not late
  pinged_ = false;
  connection_.pause_reading(paused);
  connection_.file(*this);
}

void WebSocketSession::drained() {
  if (phase_ != Phase::open) return;
  if (!owed_pong_.empty()) connection_.write(std::exchange(owed_pong_, {}));
  if (missed_ > 0) handler_->caught_up(std::exchange(missed_, 0));
}

void WebSocketSession::closed(const Error& why) {
  if (ending_ == Ending::abnormal && why.code == Errc::timeout) ending_ = Ending::timeout;
  phase_ = Phase::over;
  endpoint_->ended[static_cast<std::size_t>(ending_)]->add();
  if (handler_) handler_->closed(end_);
}

std::optional<Clock::time_point> WebSocketSession::due() const {
  const WebSocketLimits& limits = endpoint_->options.limits;
  if (phase_ == Phase::over) return std::nullopt;
  if (phase_ == Phase::closing) return asked_at_ + coarse(limits.closing_within);
  auto due = Clock::time_point::max();
  if (!paused_) {
    due = pinged_ ? asked_at_ + coarse(limits.pong_within) : heard_at_ + coarse(limits.ping_after);
    if (within_) due = std::min(due, begun_at_ + coarse(limits.message_within));
  }
  if (limits.idle > Duration::zero()) due = std::min(due, message_at_ + coarse(limits.idle));
  return due == Clock::time_point::max() ? std::nullopt : std::optional(due);
}

void WebSocketSession::expired(Clock::time_point now) {
  const WebSocketLimits& limits = endpoint_->options.limits;
  if (phase_ == Phase::closing) {
    phase_ = Phase::over;
    return connection_.close("the peer did not answer the close frame");
  }
  if (limits.idle > Duration::zero() && message_at_ + coarse(limits.idle) <= now) return close(CloseCode::going_away, "idle");
  if (within_ && !paused_ && begun_at_ + coarse(limits.message_within) <= now)
    return fail(CloseCode::policy, Ending::timeout, {Errc::timeout, "WebSocket", "a message did not come to its end in time"});
  if (pinged_) return fail(CloseCode::policy, Ending::timeout, {Errc::timeout, "WebSocket", "a ping was not answered in time"});
  static const Bytes ping = make_frame(Opcode::ping, {});
  connection_.write(ping);
  pinged_ = true;
  asked_at_ = now;
  connection_.file(*this);
}

}  // namespace rostrum::net
