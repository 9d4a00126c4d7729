// The public engine: the house put together.
#include <rostrum/engine.hpp>

#include <algorithm>

#include "engine/core.hpp"
#include "graph/plan.hpp"
#include "http/reply_through.hpp"
#include "http/site.hpp"
#include "net/tls_key_pair.hpp"
#include "pipeline/elements.hpp"
#include "pipeline/initialise.hpp"

namespace rostrum {

std::string_view name_of(StreamState state) noexcept {
  switch (state) {
    case StreamState::idle:
      return "idle";
    case StreamState::starting:
      return "starting";
    case StreamState::live:
      return "live";
    case StreamState::draining:
      return "draining";
    case StreamState::failed:
      return "failed";
    case StreamState::ended:
      return "ended";
  }
  return "failed";
}

struct Stream::Impl {
  std::shared_ptr<engine::StreamCore> core;
};

namespace {

using namespace std::chrono_literals;

Stream handle_of(std::shared_ptr<engine::StreamCore> core) {
  return Stream(std::make_shared<Stream::Impl>(Stream::Impl{std::move(core)}));
}

graph::CheckedService check_service(const Service& service, Registry& registry) {
  return graph::check(service, registry, pipeline::missing_elements, [](const std::string& certificate, const std::string& key) {
    return net::load_key_pair({certificate, key}).findings;
  });
}

Error first_error(std::vector<Error>& findings) {
  const auto found = std::ranges::find(findings, Severity::error, &Error::severity);
  return found != findings.end() ? std::move(*found) : Error{Errc::internal, "check", "the plan is missing"};
}

}  // namespace

const std::string& Stream::name() const {
  return impl_->core->name();
}
StreamInfo Stream::info() const {
  return impl_->core->info();
}
const Timeline& Stream::timeline() const {
  return impl_->core->timeline();
}
std::string Stream::dot() const {
  return impl_->core->dot();
}
bool Stream::wait(Duration limit) const {
  return impl_->core->wait(limit);
}
Result<void> Stream::set(std::string_view node, std::string_view parameter, std::string_view value) {
  return impl_->core->set(node, parameter, value);
}
void Stream::stop() {
  impl_->core->stop("stopped by the host");
  (void)wait(5s);
}

struct Engine::Impl {
  Impl(Config config, Hooks hooks) : core(std::move(config), std::move(hooks), engine::islands_here()) {}
  // Declared before the core: its doors' connections ask the site until they are closed.
  std::shared_ptr<http::Site> site;
  engine::Core core;
};

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<Engine> Engine::create(Config config, Hooks hooks) {
  if (auto ready = pipeline::initialise(); !ready) return tl::unexpected(std::move(ready.error()));
  const auto plugins = config.plugins;
  auto impl = std::make_unique<Impl>(std::move(config), std::move(hooks));
  impl->site = std::make_shared<http::Site>(impl->core);
  Engine engine(std::move(impl));
  for (const auto& plugin : plugins) {
    if (auto loaded = engine.load_plugin(plugin); !loaded) return tl::unexpected(std::move(loaded.error()));
  }
  return engine;
}

Result<void> Engine::load_plugin(const std::filesystem::path& path) {
  return impl_->core.registry().load(path);
}

std::vector<Error> Engine::check(const Graph& graph) const {
  return graph::check(graph, impl_->core.registry(), pipeline::missing_elements).findings;
}
std::vector<Error> Engine::check(const Service& service) const {
  return check_service(service, impl_->core.registry()).findings;
}

std::vector<std::string> Engine::kinds() const {
  std::vector<std::string> names;
  for (const KindInfo* kind : impl_->core.registry().kinds()) names.emplace_back(kind->name);
  return names;
}
std::string Engine::inspect() const {
  return graph::inspect(impl_->core.registry());
}
Result<std::string> Engine::inspect(std::string_view kind) const {
  return graph::inspect(impl_->core.registry(), kind);
}
std::string Engine::reference() const {
  return graph::reference_markdown(impl_->core.registry());
}
std::string Engine::schema() const {
  return graph::schema(impl_->core.registry());
}

Result<Stream> Engine::start(const Graph& graph) {
  auto checked = graph::check(graph, impl_->core.registry(), pipeline::missing_elements);
  if (!checked.ok()) return tl::unexpected(first_error(checked.findings));
  auto stream = impl_->core.start(std::move(*checked.plan));
  if (!stream) return tl::unexpected(std::move(stream.error()));
  return handle_of(std::move(*stream));
}

Result<void> Engine::serve(const Service& service) {
  auto checked = check_service(service, impl_->core.registry());
  if (!checked.plan) return tl::unexpected(first_error(checked.findings));
  return impl_->core.serve(std::move(*checked.plan), [site = impl_->site](HttpRequest request, HttpReply reply) {
    site->handle(std::move(request), std::move(reply));
  });
}

std::vector<Error> Engine::reload_certificates() {
  return impl_->core.reload_certificates();
}

void Engine::drain(Duration limit) {
  impl_->core.drain(limit);
}

std::vector<Stream> Engine::streams() const {
  std::vector<Stream> all;
  for (auto& stream : impl_->core.streams()) all.push_back(handle_of(std::move(stream)));
  return all;
}

Result<Stream> Engine::stream(std::string_view name) const {
  auto found = impl_->core.find(name);
  if (!found) return fail(Errc::not_found, std::string(name), "no stream of this name runs");
  return handle_of(std::move(found));
}

Result<std::string> Engine::address(std::string_view door) const {
  return impl_->core.address(door);
}

void Engine::handle(HttpRequest request, HttpReply reply) {
  impl_->site->handle(std::move(request), http::reply_through(std::move(reply), [](HttpResponse response) {
                        response.own_headers();
                        return response;
                      }));
}

void Engine::add_page(std::string path, std::string content_type, Bytes body) {
  impl_->site->add_page(std::move(path), std::move(content_type), std::move(body));
}

}  // namespace rostrum
