#include "rtmp/session.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "rtmp/chunk_writer.hpp"

namespace rostrum::rtmp {
namespace {

// Until the client names a window of its own.
constexpr std::uint32_t default_window = 2'500'000;

}  // namespace

Duration steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

Session::Session(DoorContext& house, Connection& connection, const Limits& limits, Now now)
    : house_(house),
      connection_(connection),
      limits_(limits),
      now_(std::move(now)),
      chunks_(limits),
      since_(now_()),
      window_(default_window),
      refilled_(since_),
      self_(std::make_shared<Session*>(this)) {
  connection_.expect_within(limits_.handshake, "the RTMP handshake");
}

Result<void> Session::received(ByteView input) {
  if (state_ == State::closed) return {};
  received_ += input.size();
  if (state_ == State::asking) {  // reading is paused; this was under way
    if (held_.size() + input.size() > limits_.buffered_bytes)
      return refuse(Reason::buffered, {Errc::limit, "", "too many bytes came before the publisher was admitted"});
    held_.insert(held_.end(), input.begin(), input.end());
    return {};
  }
  auto consumed = consume(input);
  acknowledge();
  flush();
  return consumed;
}

Result<void> Session::consume(ByteView input) {
  if (auto patient = check_patience(); !patient) return patient;
  if (!handshake_.done()) {
    auto greeting = handshake_.received(input);
    if (!greeting) return refuse(Reason::handshake, greeting.error());
    if (!greeting->empty()) connection_.write(*greeting);
    if (!handshake_.done()) return {};
    since_ = now_();
    connection_.expect_within(limits_.idle, "RTMP messages");
  }
  while (state_ != State::closed) {
    if (state_ == State::asking) {
      held_.assign(input.begin(), input.end());
      return {};
    }
    auto message = chunks_.next(input);
    if (!message) return refuse(message.error().reason, message.error().error);
    if (!*message) return {};
    if (auto handled = handle(**message); !handled) return handled;
  }
  return {};
}

// The connection's own deadline starts anew with each byte, so a client that drips must be measured here.
Result<void> Session::check_patience() {
  const Duration waited = now_() - since_;
  if (!handshake_.done() && waited > limits_.handshake)
    return refuse(Reason::handshake_time, {Errc::timeout, "", "the RTMP handshake took too long"});
  if (handshake_.done() && state_ != State::publishing && waited > limits_.idle)
    return refuse(Reason::idle_time, {Errc::timeout, "", "nothing was published for too long"});
  return {};
}

Result<void> Session::handle(const Message& message) {
  switch (message.type) {
    case MessageType::command:
    case MessageType::command_amf3:
      return handle_command(message);
    case MessageType::user_control:
      return handle_user_control(message);
    case MessageType::window_size:
      handle_window(message);
      return {};
    case MessageType::audio:
    case MessageType::video:
    case MessageType::aggregate:
    case MessageType::data:
    case MessageType::data_amf3:
      return handle_media(message);
    default:
      return {};  // acknowledgements, bandwidth wishes and shared objects ask for nothing
  }
}

Result<void> Session::handle_media(const Message& message) {
  if (state_ != State::publishing) return {};  // in flight after its end, or never asked for: check_patience bounds it
  auto taken = publication_->take(message);
  if (taken) return {};
  const Error& why = taken.error();
  status(published_stream_, Status::error, "NetStream.Publish.Rejected", why.message());
  hang_up(Reason::codec, why);
  return {};
}

Result<void> Session::handle_user_control(const Message& message) {
  Reader in(message.payload);
  const ControlEvent event{in.u16()};
  const std::uint32_t value = in.u32();
  if (!in.ok() || event != ControlEvent::ping_request) return {};
  if (auto spent = spend_command(); !spent) return spent;
  write_user_control(out_, ControlEvent::ping_response, value);
  return {};
}

void Session::handle_window(const Message& message) {
  constexpr std::uint32_t least = 4096;  // an acknowledgement is 16 bytes: do not answer every packet with one
  Reader in(message.payload);
  const std::uint32_t window = in.u32();
  if (in.ok()) window_ = window == 0 ? default_window : std::max(window, least);
}

void Session::acknowledge() {
  if (state_ == State::closed || !handshake_.done() || received_ - acknowledged_ < window_) return;
  acknowledged_ = received_;
  write_control(out_, MessageType::acknowledgement, static_cast<std::uint32_t>(received_));  // wraps: RTMP 1.0, 5.4.3
}

Result<void> Session::spend_command() {
  const Duration now = now_();
  tokens_ = std::min(command_burst, tokens_ + std::chrono::duration<double>(now - refilled_).count() * commands_per_second);
  refilled_ = now;
  if (tokens_ < 1)
    return refuse(Reason::command_rate, {Errc::limit, "", fmt::format("more than {} commands a second", commands_per_second)});
  tokens_ -= 1;
  return {};
}

void Session::flush() {
  if (out_.size() > 0) connection_.write(Bytes(std::exchange(out_, Writer()).take()));
}

// The connection is closed by the error that comes back.
Result<void> Session::refuse(Reason reason, Error why) {
  house_.metrics()
      .counter("rostrum_rtmp_refused_total", "RTMP connections that were refused or cut off", {{"reason", name_of(reason)}})
      .add();
  unpublish(why.what);
  state_ = State::closed;
  why.where = stream_;
  return tl::unexpected<Error>(std::move(why));
}

// As `refuse`, where an answer is on its way to the client.
void Session::hang_up(Reason reason, const Error& why) {
  const auto refused = refuse(reason, why);
  flush();
  connection_.close(refused.error().message());
}

void Session::closed(const Error& why) {
  if (state_ == State::closed) return;
  if (why.code == Errc::timeout) static_cast<void>(refuse(handshake_.done() ? Reason::idle_time : Reason::handshake_time, why));
  unpublish(why.what.empty() ? "it closed the connection without a goodbye" : why.what);
  state_ = State::closed;
}

}  // namespace rostrum::rtmp
