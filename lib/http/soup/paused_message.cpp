#include "http/soup/paused_message.hpp"

#include <sys/socket.h>

#include <utility>

namespace rostrum::http {
namespace {

GBytes* shared(const Bytes& bytes) {
  return g_bytes_new_with_free_func(
      bytes.data(), bytes.size(), [](gpointer owner) { delete static_cast<Bytes*>(owner); }, new Bytes(bytes));
}

}  // namespace

PausedMessage::PausedMessage(SoupServerMessage* message, GMainContext* context, std::function<void(PausedMessage&)> done)
    : message_(SOUP_SERVER_MESSAGE(g_object_ref(message))), context_(g_main_context_ref(context)), done_(std::move(done)) {}

PausedMessage::~PausedMessage() {
  g_main_context_unref(context_);
}

void PausedMessage::let_go() {
  g_signal_handler_disconnect(message_, finished_);
  g_clear_object(&message_);
}

void PausedMessage::begin() {
  finished_ = g_signal_connect(
      message_, "finished", G_CALLBACK(+[](SoupServerMessage*, gpointer self) { static_cast<PausedMessage*>(self)->abandon(); }),
      this);
  soup_server_message_pause(message_);
}

bool PausedMessage::hung_up() const {
  GSocket* socket = message_ ? soup_server_message_get_socket(message_) : nullptr;
  char byte = 0;
  return socket && recv(g_socket_get_fd(socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void PausedMessage::answer(HttpResponse response) {
  {
    std::lock_guard lock(mutex_);
    if (abandoned_ || response_) return;
    response_ = std::move(response);
    when_abandoned_ = nullptr;
  }
  // Never within the call: the handler that asked may still be at work on the message.
  GSource* turn = g_idle_source_new();
  g_source_set_priority(turn, G_PRIORITY_DEFAULT);
  using Self = std::shared_ptr<PausedMessage>;
  g_source_set_callback(
      turn,
      [](gpointer self) -> gboolean {
        (*static_cast<Self*>(self))->send();
        return G_SOURCE_REMOVE;
      },
      new Self(shared_from_this()), [](gpointer self) { delete static_cast<Self*>(self); });
  g_source_attach(turn, context_);
  g_source_unref(turn);
}

void PausedMessage::send() {
  if (std::exchange(over_, true)) return;
  const auto keep = shared_from_this();
  HttpResponse response;
  {
    std::lock_guard lock(mutex_);
    response = std::move(*response_);
  }
  if (response.status == 101)
    response = HttpResponse::problem(501, "Not Implemented", "this server cannot hand its connection over");
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message_);
  SoupMessageBody* body = soup_server_message_get_response_body(message_);
  for (const Header& header : response.headers) soup_message_headers_append(headers, header.name.c_str(), header.value.c_str());
  for (const Bytes& part : response.body) {
    GBytes* bytes = shared(part);
    soup_message_body_append_bytes(body, bytes);
    g_bytes_unref(bytes);
  }
  soup_message_body_complete(body);
  soup_server_message_set_status(message_, static_cast<guint>(response.status), nullptr);
  soup_server_message_unpause(message_);
  let_go();
  done_(*this);
}

void PausedMessage::abandon() {
  if (std::exchange(over_, true)) return;
  const auto keep = shared_from_this();
  std::function<void()> tell;
  {
    std::lock_guard lock(mutex_);
    abandoned_ = true;
    tell = std::exchange(when_abandoned_, nullptr);
  }
  let_go();
  if (tell) tell();
  done_(*this);
}

void PausedMessage::give_up(HttpResponse response) {
  std::function<void()> tell;
  {
    std::lock_guard lock(mutex_);
    if (!response_) {
      response_ = std::move(response);
      abandoned_ = true;
      tell = std::exchange(when_abandoned_, nullptr);
    }
  }
  send();
  if (tell) tell();
}

bool PausedMessage::abandoned() const {
  std::lock_guard lock(mutex_);
  return abandoned_;
}

void PausedMessage::when_abandoned(std::function<void()> f) {
  {
    std::lock_guard lock(mutex_);
    if (!abandoned_) {
      if (!response_) when_abandoned_ = std::move(f);
      return;
    }
  }
  f();
}

}  // namespace rostrum::http
