#include "run.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

#include <rostrum/engine.hpp>

#include "report.hpp"
#include "signals.hpp"

using namespace std::chrono_literals;

namespace {

std::string progress(const rostrum::StreamInfo& info, double fps) {
  std::string renditions;
  for (const std::string& name : info.renditions) renditions += (renditions.empty() ? "" : " ") + name;
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, "%6.1f s  %llu frames  %5.1f fps", std::chrono::duration<double>(info.uptime).count(),
                static_cast<unsigned long long>(info.frames_in), fps);
  return info.name + "  " + std::string(rostrum::name_of(info.state)) + "  " + numbers + "  " + renditions;
}

}  // namespace

int run(const RunOptions& options) {
  Signals signals;  // before any thread is started
  auto graph = rostrum::Graph::load(options.file);
  if (!graph) return report(graph.error()), 2;
  rostrum::Config config;
  config.plugins = options.plugins;
  auto engine = rostrum::Engine::create(std::move(config));
  if (!engine) return report(engine.error()), 2;
  if (report(engine->check(*graph))) return 2;
  auto stream = engine->start(*graph);
  if (!stream) return report(stream.error()), 1;

  // A terminal gets one line that is written over; a file or pipe gets a plain line every 5 s.
  const bool terminal = isatty(STDERR_FILENO) != 0;
  std::uint64_t frames = 0;
  auto shown = std::chrono::steady_clock::now();
  while (!stream->wait(100ms)) {
    if (signals.wait(0ms)) stream->stop();
    const auto now = std::chrono::steady_clock::now();
    if (now - shown < (terminal ? 500ms : 5000ms)) continue;
    const rostrum::StreamInfo info = stream->info();
    const double fps = static_cast<double>(info.frames_in - frames) / std::chrono::duration<double>(now - shown).count();
    frames = info.frames_in;
    shown = now;
    std::fprintf(stderr, terminal ? "\r\x1b[K%s" : "%s\n", progress(info, fps).c_str());
  }
  const rostrum::StreamInfo last = stream->info();
  const double whole = std::chrono::duration<double>(last.uptime).count();
  std::fprintf(stderr, terminal ? "\r\x1b[K%s\n" : "%s\n",
               progress(last, whole > 0 ? static_cast<double>(last.frames_in) / whole : 0).c_str());
  if (last.state != rostrum::StreamState::failed) return 0;
  std::fprintf(stderr, "error: %s\n", last.error.c_str());
  return 1;
}
