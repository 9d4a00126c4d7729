// The commands of a session: what NetConnection and NetStream are asked, and what they answer (RTMP 1.0, 7.2).
#include <algorithm>

#include <fmt/core.h>
#include <rostrum/log.hpp>

#include "rtmp/chunk_writer.hpp"
#include "rtmp/session.hpp"

namespace rostrum::rtmp {
namespace {

constexpr std::uint32_t long_chunks = 4096;
constexpr std::uint32_t bandwidth = 2'500'000;
constexpr Duration timestamp_resolution = std::chrono::milliseconds(1);

}  // namespace

// Names compare exactly: all known clients write them so.
const Session::Row Session::commands[] = {
    {"connect", &Session::connect},
    {"createStream", &Session::create_stream},
    {"publish", &Session::publish},
    {"play", &Session::play},
    {"play2", &Session::play},
    {"releaseStream", &Session::acknowledge_call},
    {"FCPublish", &Session::fc_publish},
    {"FCUnpublish", &Session::fc_unpublish},
    {"deleteStream", &Session::end_stream},
    {"closeStream", &Session::end_stream},
    {"_checkbw", &Session::acknowledge_call},
    {"getStreamLength", &Session::stream_length},
    {"_result", &Session::ignore},
    {"_error", &Session::ignore},
    {"onStatus", &Session::ignore},
};

Result<void> Session::handle_command(const Message& message) {
  if (auto spent = spend_command(); !spent) return spent;
  if (message.payload.size() > max_command_bytes)
    return refuse(
        Reason::message_size,
        {Errc::limit, "", fmt::format("a command of {} bytes, the limit is {}", message.payload.size(), max_command_bytes)});
  auto command = read_command(message);
  if (!command) return refuse(Reason::amf, {command.error().code, "", "a command is broken: " + command.error().message()});
  const auto* row =
      std::find_if(std::begin(commands), std::end(commands), [&](const Row& one) { return one.name == command->name; });
  if (row != std::end(commands)) {
    if (state_ == State::fresh && row->handle != &Session::connect && row->handle != &Session::ignore) {
      reply("_error", command->transaction,
            {AmfValue(), info(Status::error, "NetConnection.Call.Failed", "connect to an application first")});
      hang_up(Reason::sequence, {Errc::bad_syntax, "", printable(command->name) + " came before connect"});
      return {};
    }
    return (this->*row->handle)(message, *command);
  }
  if (command->transaction != 0)
    reply("_error", command->transaction,
          {AmfValue(), info(Status::error, "NetConnection.Call.Failed", printable(command->name) + " is not known here")});
  return {};
}

Result<void> Session::connect(const Message&, const Command& command) {
  const auto reject = [&](std::string_view code, Reason reason, Error why) -> Result<void> {
    reply("_error", command.transaction, {AmfValue(), info(Status::error, code, why.what)});
    hang_up(reason, why);
    return {};
  };
  if (state_ != State::fresh)
    return reject("NetConnection.Connect.Rejected", Reason::sequence,
                  {Errc::bad_syntax, "", "this connection is connected already"});
  const Address asked = split_query(command.object["app"].text());
  const Address tc_url = split_query(command.object["tcUrl"].text());
  auto app = check_app(asked.path);
  if (!app) return reject("NetConnection.Connect.InvalidApp", Reason::name, app.error());
  app_ = std::move(*app);
  app_query_ = asked.query.empty() ? tc_url.query : asked.query;
  tc_url_ = without_secrets(tc_url.path);
  agent_ = printable(command.object["flashVer"].text());
  state_ = State::connected;
  write_control(out_, MessageType::window_size, bandwidth);
  write_peer_bandwidth(out_, bandwidth);
  write_control(out_, MessageType::set_chunk_size, long_chunks);
  chunk_size_ = long_chunks;
  reply("_result", command.transaction, {server_properties(), connect_success()});
  return {};
}

Result<void> Session::create_stream(const Message&, const Command& command) {
  reply("_result", command.transaction, {AmfValue(), next_stream_});
  next_stream_ += 1;
  return {};
}

Result<void> Session::publish(const Message& message, const Command& command) {
  const auto refused = [&](Reason reason, std::string_view code, Error why) {
    return refuse_publish(reason, code, message.stream, std::move(why));
  };
  if (state_ == State::publishing)
    return refused(Reason::sequence, "NetStream.Publish.BadName", {Errc::busy, "", "this connection publishes already"});
  const Address asked = split_query(command.text(0));
  auto key = check_key(asked.path);
  if (!key) return refused(Reason::name, "NetStream.Publish.BadName", key.error());
  auto query = join_queries(asked.query, app_query_);
  if (!query) return refused(Reason::name, "NetStream.Publish.Rejected", query.error());
  // "record" and "append" publish like "live": what is recorded is the graph's choice.
  const std::string_view type = command.text(1);
  if (!type.empty() && type != "live" && type != "record" && type != "append")
    return refused(Reason::name, "NetStream.Publish.Rejected",
                   {Errc::bad_param, "", fmt::format("'{}' is no way to publish; use live", printable(type))});

  key_ = std::move(*key);
  stream_ = app_ + "/" + key_;
  published_stream_ = message.stream;
  state_ = State::asking;
  connection_.pause_reading(true);
  PublishRequest request;
  request.app = app_;
  request.name = key_;
  request.query = std::move(*query);
  request.protocol = connection_.client().secure ? "rtmps" : "rtmp";
  request.url = tc_url_.empty() ? std::string() : tc_url_ + (tc_url_.ends_with('/') ? "" : "/") + key_;
  request.client = connection_.client();
  request.client.user_agent = agent_;
  house_.publish(
      connection_, std::move(request), timestamp_resolution,
      // It may be said from within Publisher::frame, which must return before its publisher goes.
      [self = std::weak_ptr(self_), &connection = connection_](std::string_view why) {
        if (self.expired()) return;
        connection.post([self, text = std::string(why)] {
          if (auto session = self.lock()) (*session)->kicked(text);
        });
      },
      [self = std::weak_ptr(self_)](Result<std::unique_ptr<Publisher>> answer) {
        if (auto session = self.lock()) (*session)->answered(std::move(answer));
      });
  return {};
}

Result<void> Session::refuse_publish(Reason reason, std::string_view code, std::uint32_t stream, Error why) {
  status(stream, Status::error, code, why.what);
  hang_up(reason, why);
  return {};
}

void Session::answered(Result<std::unique_ptr<Publisher>> answer) {
  if (state_ != State::asking) {  // gone or kicked meanwhile
    if (answer) (*answer)->end("the connection closed before it was admitted");
    return;
  }
  if (!answer) {
    const bool busy = answer.error().code == Errc::busy;
    const bool denied = answer.error().code == Errc::denied;
    static_cast<void>(refuse_publish(busy ? Reason::busy : Reason::denied,
                                     busy     ? "NetStream.Publish.BadName"
                                     : denied ? "NetStream.Publish.Denied"
                                              : "NetStream.Publish.Rejected",
                                     published_stream_, answer.error()));
    return;
  }
  publication_.emplace(std::move(*answer), house_.metrics(), stream_);
  state_ = State::publishing;
  const AmfValue start = info(Status::status, "NetStream.Publish.Start", stream_ + " is now published.");
  if (fc_published_) reply("onFCPublish", 0, {AmfValue(), start});
  write_user_control(out_, ControlEvent::stream_begin, published_stream_);
  reply("onStatus", 0, {AmfValue(), start}, published_stream_);
  flush();
  const std::vector<std::byte> held = std::exchange(held_, {});
  auto consumed = consume(held);
  acknowledge();
  flush();
  if (!consumed) return connection_.close(consumed.error().message());
  if (state_ != State::asking && state_ != State::closed) connection_.pause_reading(false);
}

void Session::kicked(std::string_view why) {
  if (state_ != State::publishing && state_ != State::asking) return;
  log(Level::info, "rtmp", stream_, fmt::format("the publisher is sent away: {}", why));
  status(published_stream_, Status::error, "NetStream.Publish.Rejected", std::string(why));
  flush();
  unpublish(why);
  state_ = State::closed;
  connection_.close(fmt::format("sent away: {}", why));
}

void Session::unpublish(std::string_view why) {
  if (!publication_) return;
  publication_->end(why);
  publication_.reset();
  since_ = now_();
}

Result<void> Session::play(const Message& message, const Command& command) {
  status(message.stream, Status::error, "NetStream.Play.Failed",
         fmt::format("viewers are not served over RTMP; play /{}/{}/index.m3u8 over HTTP", app_,
                     printable(split_query(command.text(0)).path)));
  hang_up(Reason::sequence, {Errc::unsupported, "", "a viewer came, and RTMP serves publishers only"});
  return {};
}

Result<void> Session::fc_publish(const Message& message, const Command& command) {
  fc_published_ = true;
  return acknowledge_call(message, command);
}

Result<void> Session::fc_unpublish(const Message& message, const Command& command) {
  if (state_ != State::publishing) return acknowledge_call(message, command);
  reply("onFCUnpublish", 0,
        {AmfValue(), info(Status::status, "NetStream.Unpublish.Success", stream_ + " is no longer published.")});
  acknowledge_call(message, command);
  return end_stream(message, command);
}

// closeStream, deleteStream, FCUnpublish: whichever comes first ends the publisher. They carry the stream in different ways, and
// a connection has one.
Result<void> Session::end_stream(const Message&, const Command& command) {
  if (state_ != State::publishing) return {};
  status(published_stream_, Status::status, "NetStream.Unpublish.Success", stream_ + " is no longer published.");
  unpublish(command.name);
  state_ = State::connected;
  return {};
}

Result<void> Session::acknowledge_call(const Message&, const Command& command) {
  if (command.transaction != 0) reply("_result", command.transaction, {AmfValue()});
  return {};
}

Result<void> Session::stream_length(const Message&, const Command& command) {
  reply("_result", command.transaction, {AmfValue(), 0.0});  // live: no length
  return {};
}

Result<void> Session::ignore(const Message&, const Command&) {
  return {};
}

void Session::reply(std::string_view name, double transaction, std::initializer_list<AmfValue> values, std::uint32_t stream) {
  const auto body = write_command(name, transaction, {values.begin(), values.size()});
  write_message(out_, command_chunk_stream, MessageType::command, stream, body, chunk_size_);
}

void Session::status(std::uint32_t stream, Status level, std::string_view code, std::string description) {
  reply("onStatus", 0, {AmfValue(), info(level, code, std::move(description))}, stream);
}

}  // namespace rostrum::rtmp
