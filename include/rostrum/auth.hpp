// The questions that rostrum asks its host about people: may this one publish, play, control?
#pragma once

#include <cstdint>
#include <string>

#include <rostrum/http.hpp>
#include <rostrum/reply.hpp>

namespace rostrum {

enum class Action : std::uint8_t { publish, play, room, control };
/// "publish", "play", "room", "control".
std::string_view name_of(Action) noexcept;

struct AdmitRequest {
  std::uint64_t session = 0;  // unique in the process's life
  Action action = Action::play;
  std::string protocol;  // "rtmp", "llhls", "http"
  std::string app;
  std::string name;
  std::string query;  // keys and tokens are here, as the client sent them; do not log
  Client client;
};

/// Default-constructed is a refusal: what a dropped or late Reply answers.
struct Verdict {
  bool allowed = false;
  std::string reason;  // goes to the client and the log
  static Verdict allow() { return {true, {}}; }
  static Verdict deny(std::string reason) { return {false, std::move(reason)}; }
};

/// One open and one close for each admitted session, in this order. `sequence` rises by one an event over the whole process.
struct SessionEvent {
  enum class What : std::uint8_t { opened, closed };
  std::uint64_t session = 0;
  std::uint64_t sequence = 0;
  What what = What::opened;
  Action action = Action::play;
  std::string protocol;
  std::string stream;  // "app/name"
  Client client;
  std::string reason;  // closed: why
};

/// Implemented by the host. Called on threads of rostrum's that may block for a while, never under a lock, never on a network
/// thread; calls for different sessions may run at once. Nothing may be thrown out of them (it denies, and is logged).
class AuthHooks {
 public:
  virtual ~AuthHooks() = default;
  /// Asked once a session, before it opens. No answer within Config::hook_deadline denies.
  /// Default: publishing and control from loopback only, playing and rooms from anywhere.
  virtual void admit(AdmitRequest, Reply<Verdict>);
  virtual void event(const SessionEvent&) {}
};

}  // namespace rostrum
