// A SoupServer's request that is owed an answer.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include <libsoup/soup.h>
#include <rostrum/http.hpp>

namespace rostrum::http {

/// Made and sent on the server's thread, where it also lets go of the message; `answer`, what it asks of the asker, and its end
/// are for any thread.
class PausedMessage final : public HttpReply::Sink, public std::enable_shared_from_this<PausedMessage> {
 public:
  /// `done` runs on the server's thread once it is owed nothing any more.
  PausedMessage(SoupServerMessage*, GMainContext*, std::function<void(PausedMessage&)> done);
  ~PausedMessage() override;
  PausedMessage(const PausedMessage&) = delete;
  PausedMessage& operator=(const PausedMessage&) = delete;

  /// Pauses the message and listens for its end.
  void begin();
  /// Has the client hung up? libsoup does not look while a message is paused.
  [[nodiscard]] bool hung_up() const;
  /// Answers in the place of whoever owes it, whose own answer comes to nothing.
  void give_up(HttpResponse);

  void answer(HttpResponse) override;
  [[nodiscard]] bool abandoned() const override;
  void when_abandoned(std::function<void()>) override;

 private:
  void send();
  void abandon();
  void let_go();

  SoupServerMessage* message_;  // nullptr once it is over; the server's thread only
  GMainContext* context_;
  std::function<void(PausedMessage&)> done_;
  gulong finished_ = 0;
  bool over_ = false;  // the server's thread only
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::optional<HttpResponse> response_;
  bool abandoned_ = false;
  std::function<void()> when_abandoned_;
};

}  // namespace rostrum::http
