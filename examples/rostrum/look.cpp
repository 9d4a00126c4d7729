#include "look.hpp"

#include <cstdio>
#include <utility>
#include <variant>

#include <rostrum/engine.hpp>
#include <rostrum/log.hpp>

#include "report.hpp"

namespace {

constexpr int failed = 1, wrong = 2;

rostrum::Result<rostrum::Engine> engine_for(const LookOptions& options) {
  // What is printed is the answer; the engine's own start has nothing to add to it.
  rostrum::set_log_level(rostrum::Level::warning);
  rostrum::Config config;
  config.plugins = options.plugins;
  return rostrum::Engine::create(std::move(config));
}

int print(const std::string& text) {
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? failed : 0;
}

}  // namespace

int check(const LookOptions& options) {
  auto engine = engine_for(options);
  if (!engine) return report(engine.error()), wrong;
  auto file = rostrum::load_file(options.file);
  const std::vector<rostrum::Error> findings =
      file ? std::visit([&](const auto& value) { return engine->check(value); }, *file) : std::vector{file.error()};
  const bool bad = report(findings, stdout);
  summarise(options.file, findings);
  return bad ? wrong : 0;
}

int inspect(const LookOptions& options) {
  auto engine = engine_for(options);
  if (!engine) return report(engine.error()), wrong;
  if (options.markdown) return print(engine->reference());
  if (options.names) {
    std::string text;
    for (const std::string& name : engine->kinds()) text += name + "\n";
    return print(text);
  }
  if (options.kind.empty()) return print(engine->inspect());
  auto text = engine->inspect(options.kind);
  if (!text) return report(text.error()), wrong;
  return print(*text);
}

int schema(const LookOptions& options) {
  auto engine = engine_for(options);
  if (!engine) return report(engine.error()), wrong;
  return print(engine->schema());
}

int dot(const LookOptions& options) {
  auto file = rostrum::load_file(options.file);
  if (!file) return report(file.error()), wrong;
  return print(std::visit([](const auto& value) { return value.dot(); }, *file));
}
