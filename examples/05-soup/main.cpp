// A host that already runs libsoup serves its own pages and rostrum's streams from one port.
#include <cstdio>

#include <libsoup/soup.h>
#include <rostrum/soup.hpp>

constexpr auto text = R"(
rostrum: 1
stream: live/card
nodes:
  in:    {kind: test, size: 640x360, rate: 25}
  video: {kind: encode, from: in.video, codec: h264, bitrate: 700k}
  hls:   {kind: llhls, from: video, part: 200ms}
)";

int main() {
  auto engine = rostrum::Engine::create();
  auto graph = rostrum::Graph::parse(text);
  if (!engine || !graph) return 1;
  auto stream = engine->start(*graph);
  if (!stream) return std::puts(stream.error().message().c_str()), 1;

  SoupServer* server = soup_server_new(nullptr, nullptr);
  const auto shop = [](SoupServer*, SoupServerMessage* message, const char*, GHashTable*, gpointer) {
    soup_server_message_set_status(message, 200, nullptr);
    soup_server_message_set_response(message, "text/plain", SOUP_MEMORY_STATIC, "the shop's own page\n", 20);
  };
  soup_server_add_handler(server, "/", shop, nullptr, nullptr);
  rostrum::SoupAdapter video(*engine, server, "/video");  // beside the shop's own paths

  if (!soup_server_listen_local(server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, nullptr)) return 1;
  GSList* uris = soup_server_get_uris(server);
  std::printf("http://127.0.0.1:%d/video/live/card/index.m3u8\n", g_uri_get_port(static_cast<GUri*>(uris->data)));
  std::fflush(stdout);
  g_slist_free_full(uris, reinterpret_cast<GDestroyNotify>(g_uri_unref));
  GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
  g_main_loop_run(loop);  // until it is ended
}
