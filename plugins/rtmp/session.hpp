// One RTMP connection, from its first byte to its last.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <rostrum/door.hpp>

#include "rtmp/chunk_reader.hpp"
#include "rtmp/command.hpp"
#include "rtmp/handshake.hpp"
#include "rtmp/limits.hpp"
#include "rtmp/publication.hpp"
#include "rtmp/stream_name.hpp"

namespace rostrum::rtmp {

/// Monotonic time.
using Now = std::function<Duration()>;
Duration steady_now();

/// Connection thread only.
class Session final : public Protocol {
 public:
  Session(DoorContext&, Connection&, const Limits&, Now now = steady_now);
  Result<void> received(ByteView) override;
  void closed(const Error& why) override;

 private:
  enum class State : std::uint8_t { fresh, connected, asking, publishing, closed };
  using Handler = Result<void> (Session::*)(const Message&, const Command&);
  struct Row {
    std::string_view name;
    Handler handle;
  };

  // session.cpp: bytes and messages
  Result<void> consume(ByteView input);
  Result<void> check_patience();
  Result<void> handle(const Message&);
  Result<void> handle_media(const Message&);
  Result<void> handle_user_control(const Message&);
  void handle_window(const Message&);
  void acknowledge();
  Result<void> spend_command();
  void flush();
  Result<void> refuse(Reason, Error);
  void hang_up(Reason, const Error&);

  // session_commands.cpp: commands and their answers
  static const Row commands[];
  Result<void> handle_command(const Message&);
  Result<void> connect(const Message&, const Command&);
  Result<void> create_stream(const Message&, const Command&);
  Result<void> publish(const Message&, const Command&);
  Result<void> play(const Message&, const Command&);
  Result<void> fc_publish(const Message&, const Command&);
  Result<void> fc_unpublish(const Message&, const Command&);
  Result<void> end_stream(const Message&, const Command&);
  Result<void> acknowledge_call(const Message&, const Command&);
  Result<void> stream_length(const Message&, const Command&);
  Result<void> ignore(const Message&, const Command&);
  Result<void> refuse_publish(Reason, std::string_view code, std::uint32_t stream, Error);
  void answered(Result<std::unique_ptr<Publisher>>);
  void kicked(std::string_view why);
  void unpublish(std::string_view why);
  void reply(std::string_view name, double transaction, std::initializer_list<AmfValue> values, std::uint32_t stream = 0);
  void status(std::uint32_t stream, Status, std::string_view code, std::string description);

  DoorContext& house_;
  Connection& connection_;
  Limits limits_;
  Now now_;
  State state_ = State::fresh;
  Handshake handshake_;
  ChunkReader chunks_;
  Writer out_;
  std::size_t chunk_size_ = 128;  // of what goes out, until connect's answer says another
  std::vector<std::byte> held_;   // received while the house decides

  Duration since_;  // when the client began to owe us its next step: handshake, then `publish`
  std::uint64_t received_ = 0, acknowledged_ = 0;
  std::uint64_t window_;  // bytes between acknowledgements
  double tokens_ = command_burst;
  Duration refilled_;

  std::string app_, app_query_, tc_url_, agent_;
  std::string stream_;  // "app/name" once it is known
  std::string key_;
  double next_stream_ = 1;
  std::uint32_t published_stream_ = 0;  // message stream
  bool fc_published_ = false;
  std::optional<Publication> publication_;
  std::shared_ptr<Session*> self_;  // lets late answers find out that we are gone
};

}  // namespace rostrum::rtmp
