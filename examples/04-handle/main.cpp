// LL-HLS behind your own HTTP server: you bring the request, rostrum answers, at once or when the part is there.
#include <cstdio>
#include <future>
#include <memory>

#include <rostrum/engine.hpp>

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

  // What your server does with each request below /live/. A stream that is starting answers when its playlist can be played.
  rostrum::HttpRequest request;
  request.path = "/live/card/index.m3u8";
  request.client = {.address = "203.0.113.9", .port = 50000};
  auto answer = std::make_shared<std::promise<rostrum::HttpResponse>>();
  engine->handle(std::move(request), rostrum::HttpReply::from([answer](rostrum::HttpResponse response) {
                   answer->set_value(std::move(response));  // on a thread of rostrum's: hand over, and return
                 }));
  const auto response = answer->get_future().get();
  std::printf("%d\n", response.status);
  for (const auto& bytes : response.body) std::printf("%.*s", static_cast<int>(bytes.size()), bytes.text().data());
  return response.status == 200 ? 0 : 1;
}
