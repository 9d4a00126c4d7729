#include <rostrum/soup.hpp>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include <gio/gio.h>

#include "base/uri.hpp"
#include "http/soup/paused_message.hpp"

namespace rostrum {
namespace {

constexpr std::size_t most_body = 1 << 20;  // as at the http door
constexpr guint look_every = 1000;          // ms, for clients that hung up

std::string without_slash(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  return path;
}

Client client_of(SoupServerMessage* message) {
  Client client;
  client.secure = g_strcmp0(g_uri_get_scheme(soup_server_message_get_uri(message)), "https") == 0;
  SoupMessageHeaders* headers = soup_server_message_get_request_headers(message);
  if (const char* agent = soup_message_headers_get_one(headers, "User-Agent")) client.user_agent = agent;
  GSocketAddress* address = soup_server_message_get_remote_address(message);
  if (!address || !G_IS_INET_SOCKET_ADDRESS(address)) return client;
  GInetAddress* host = g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address));
  char* text = g_inet_address_to_string(host);
  client.address = text;
  g_free(text);
  if (client.address.starts_with("::ffff:")) client.address.erase(0, 7);
  client.port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(address));
  const bool forwarded =
      soup_message_headers_get_one(headers, "Forwarded") || soup_message_headers_get_list(headers, "X-Forwarded-For");
  client.loopback = !forwarded && (g_inet_address_get_is_loopback(host) || client.address.starts_with("127."));
  return client;
}

std::vector<Header> headers_of(SoupServerMessage* message) {
  std::vector<Header> all;
  SoupMessageHeadersIter at;
  soup_message_headers_iter_init(&at, soup_server_message_get_request_headers(message));
  const char *name = nullptr, *value = nullptr;
  while (soup_message_headers_iter_next(&at, &name, &value)) all.push_back({name, value});
  return all;
}

}  // namespace

struct SoupAdapter::Impl {
  Engine& engine;
  SoupServer* server;
  std::string mount;  // no '/' at its end
  GMainContext* context = g_main_context_ref_thread_default();
  GSource* watch = g_timeout_source_new(look_every);
  std::set<std::shared_ptr<http::PausedMessage>> waiting;

  void asked(SoupServerMessage* message);
  void look();
  static void refuse(SoupServerMessage* message, int status, const char* why) {
    soup_server_message_set_status(message, static_cast<guint>(status), nullptr);
    soup_server_message_set_response(message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY, why, std::strlen(why));
  }
};

void SoupAdapter::Impl::asked(SoupServerMessage* message) {
  GUri* uri = soup_server_message_get_uri(message);
  std::string asked = g_uri_get_path(uri);
  if (const char* query = g_uri_get_query(uri)) asked.append("?").append(query);
  asked.erase(0, std::min(mount.size(), asked.size()));
  if (!asked.starts_with('/')) asked.insert(0, "/");
  auto target = parse_target(asked);
  if (!target) return refuse(message, 400, "the path cannot be normalised\n");
  SoupMessageBody* body = soup_server_message_get_request_body(message);
  if (static_cast<std::size_t>(body->length) > most_body) return refuse(message, 413, "the body is longer than 1 MiB\n");
  HttpRequest request;
  request.method = soup_server_message_get_method(message);
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  request.headers = headers_of(message);
  request.client = client_of(message);
  GBytes* bytes = soup_message_body_flatten(body);
  gsize size = 0;
  const void* data = g_bytes_get_data(bytes, &size);
  request.body = Bytes::copy({static_cast<const std::byte*>(data), size});
  g_bytes_unref(bytes);
  // The engine answers ranges, If-Range included, which libsoup does not look at before it cuts a body by itself.
  soup_message_headers_remove(soup_server_message_get_request_headers(message), "Range");
  const auto paused = std::make_shared<http::PausedMessage>(
      message, context, [this](http::PausedMessage& done) { waiting.erase(done.shared_from_this()); });
  waiting.insert(paused);
  paused->begin();
  engine.handle(std::move(request), HttpReply(paused));
}

void SoupAdapter::Impl::look() {
  const std::vector<std::shared_ptr<http::PausedMessage>> all(waiting.begin(), waiting.end());
  for (const auto& message : all) {
    if (message->hung_up()) message->give_up(HttpResponse::problem(499, "Client Closed Request", "the client has gone"));
  }
}

SoupAdapter::SoupAdapter(Engine& engine, SoupServer* server, std::string path)
    : impl_(new Impl{engine, SOUP_SERVER(g_object_ref(server)), without_slash(std::move(path))}) {
  soup_server_add_handler(
      server, impl_->mount.empty() ? "/" : impl_->mount.c_str(),
      [](SoupServer*, SoupServerMessage* message, const char*, GHashTable*, gpointer self) noexcept {
        static_cast<Impl*>(self)->asked(message);
      },
      impl_.get(), nullptr);
  g_source_set_callback(
      impl_->watch,
      [](gpointer self) -> gboolean {
        static_cast<Impl*>(self)->look();
        return G_SOURCE_CONTINUE;
      },
      impl_.get(), nullptr);
  g_source_attach(impl_->watch, impl_->context);
}

SoupAdapter::~SoupAdapter() {
  soup_server_remove_handler(impl_->server, impl_->mount.empty() ? "/" : impl_->mount.c_str());
  g_source_destroy(impl_->watch);
  g_source_unref(impl_->watch);
  const std::vector<std::shared_ptr<http::PausedMessage>> all(impl_->waiting.begin(), impl_->waiting.end());
  for (const auto& message : all)
    message->give_up(HttpResponse::problem(503, "Service Unavailable", "the server has stopped serving streams"));
  g_object_unref(impl_->server);
  g_main_context_unref(impl_->context);
}

std::size_t SoupAdapter::waiting() const {
  return impl_->waiting.size();
}

}  // namespace rostrum
