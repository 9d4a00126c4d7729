// One stream from a graph that your program makes: checked first, then run to the end of its source. No server, no files.
#include <cstdio>

#include <rostrum/engine.hpp>

constexpr auto text = R"(
rostrum: 1
stream: test/card
nodes:
  in:     {kind: test, size: 640x360, rate: 25, duration: 4s, paced: false}
  ladder: {kind: ladder, from: in.video, rungs: [{name: 360p, height: 360, bitrate: 700k}, {name: 180p, height: 180, bitrate: 250k}]}
  sound:  {kind: encode, from: in.audio, codec: aac}
  out:    {kind: discard, from: [ladder, sound]}
)";

int main() {
  auto graph = rostrum::Graph::parse(text, "card");
  if (!graph) return std::puts(graph.error().message().c_str()), 2;
  auto engine = rostrum::Engine::create();
  if (!engine) return std::puts(engine.error().message().c_str()), 1;
  for (const auto& finding : engine->check(*graph)) std::puts(finding.message().c_str());
  auto stream = engine->start(*graph);
  if (!stream) return std::puts(stream.error().message().c_str()), 1;
  const bool ended = stream->wait(std::chrono::seconds(60));
  const auto info = stream->info();
  std::printf("%s: %s after %llu frames\n", info.name.c_str(), std::string(rostrum::name_of(info.state)).c_str(),
              static_cast<unsigned long long>(info.frames_in));
  return ended && info.state == rostrum::StreamState::ended ? 0 : 1;
}
