// How an engine opens its doors, and closes them.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <rostrum/log.hpp>

#include "engine/core.hpp"
#include "engine/publish_door.hpp"

namespace rostrum::engine {

using namespace std::chrono_literals;

Result<Core::Door> Core::open(const graph::DoorPlan& plan, std::shared_ptr<net::Admission> admission,
                              const std::shared_ptr<const net::HttpOrigin>& http) {
  if (!plan.certificate.empty() || plan.name == "https" || (plan.door != nullptr && plan.door->secure))
    return fail(Errc::unsupported, plan.place,
                plan.name + " needs TLS, which this version does not have; put a TLS proxy in front of the plain door");
  Door door{plan.name, nullptr, nullptr};
  net::Accept accept;
  if (plan.door == nullptr) {
    accept = [http](Connection& connection) { return net::make_http(connection, http); };
  } else {
    door.context = make_publish_door(*this, plan.params);
    accept = [info = plan.door, context = door.context.get()](Connection& connection) {
      return info->accept(*context, connection);
    };
  }
  const std::string& address = config_.bind.empty() ? plan.address : config_.bind;
  auto listener = net::listen(*reactor_, std::move(admission), plan.name, address, plan.port, std::move(accept));
  if (!listener) {
    if (listener.error().where.empty()) listener.error().where = plan.place;
    return tl::unexpected(std::move(listener.error()));
  }
  door.listener = std::move(*listener);
  log(Level::info, "engine", "", fmt::format("{} listens on {}", door.name, door.listener->address()));
  return door;
}

Result<void> Core::serve(graph::ServicePlan plan, net::HttpHandler http) {
  net::Limits limits;
  limits.connections = config_.max_connections;
  limits.trusted_proxies = std::move(plan.trusted_proxies);
  const auto admission = net::make_admission(std::move(limits), metrics_);
  std::vector<std::shared_ptr<const graph::Plan>> templates;
  for (graph::Plan& stream : plan.templates) templates.push_back(std::make_shared<const graph::Plan>(std::move(stream)));
  {
    // Templates stand before the first door is open: whoever comes in at once finds them.
    std::lock_guard lock(mutex_);
    if (serving_) return fail(Errc::busy, "serve", "this engine serves already; make another engine for another service");
    if (stopping_) return fail(Errc::closed, "serve", "the engine drains");
    templates_ = std::move(templates);
    serving_ = true;
  }
  const auto origin = net::make_origin(std::move(http), net::HttpLimits{}, metrics_);
  std::vector<Door> doors;
  for (const graph::DoorPlan& door : plan.doors) {
    auto opened = open(door, admission, origin);
    if (opened) {
      doors.push_back(std::move(*opened));
      continue;
    }
    for (Door& other : doors) other.listener->drain(0s);
    std::lock_guard lock(mutex_);
    serving_ = false;
    for (Door& other : doors) {
      other.listener.reset();
      doors_.push_back(std::move(other));  // a connection that got in may still ask its context
    }
    return tl::unexpected(std::move(opened.error()));
  }
  std::lock_guard lock(mutex_);
  for (Door& door : doors) doors_.push_back(std::move(door));
  open_ = serving_;  // a drain may have come in between
  return {};
}

void Core::drain(Duration limit) {
  const Duration until = clock_.monotonic() + limit;
  const auto left = [&] { return std::max(until - clock_.monotonic(), Duration{}); };
  std::vector<std::unique_ptr<net::Listener>> listeners;
  {
    std::lock_guard lock(mutex_);
    serving_ = open_ = false;
    for (Door& door : doors_) {
      if (door.listener) listeners.push_back(std::move(door.listener));
    }
  }
  const auto all = streams();
  for (const auto& stream : all) stream->stop("the server drains");
  for (const auto& stream : all) {
    if (limit > Duration{}) (void)stream->wait(left());
  }
  for (const auto& listener : listeners) listener->drain(left());
}

Result<std::string> Core::address(std::string_view name) const {
  std::lock_guard lock(mutex_);
  for (const Door& door : doors_) {
    if (door.name == name && door.listener) return door.listener->address();
  }
  return fail(Errc::not_found, std::string(name), "no such door is open");
}

}  // namespace rostrum::engine
