#include "serve.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <rostrum/engine.hpp>
#include <rostrum/log.hpp>

#include "page.hpp"
#include "publish_key.hpp"
#include "report.hpp"
#include "signals.hpp"

using namespace std::chrono_literals;

int serve(const ServeOptions& options) {
  Signals signals;  // before any thread is started
  auto service = rostrum::Service::load(options.file);
  if (!service) return report(service.error()), 2;

  rostrum::Config config;
  config.plugins = options.plugins;
  config.bind = options.bind;
  rostrum::Hooks hooks;
  if (!options.publish_key.empty()) hooks.auth = std::make_shared<PublishKey>(options.publish_key);
  auto engine = rostrum::Engine::create(std::move(config), std::move(hooks));
  if (!engine) return report(engine.error()), 2;
  if (report(engine->check(*service))) return 2;

  for (const PageFile& file : page_files())
    engine->add_page(std::string(file.url), std::string(file.content_type),
                     rostrum::Bytes(nullptr, file.bytes));  // static storage
  if (auto serving = engine->serve(*service); !serving) return report(serving.error()), 1;
  for (;;) {
    const auto signal = signals.wait(1h);
    if (signal && *signal != SIGHUP) break;
    if (signal) report(engine->reload_certificates());
  }
  rostrum::log(rostrum::Level::info, "rostrum", "", "draining; a second signal ends at once");
  engine->drain(10s);
  return 0;
}
