// How an engine opens its doors, and closes them.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <rostrum/log.hpp>

#include "engine/core.hpp"
#include "engine/publish_door.hpp"

namespace rostrum::engine {

using namespace std::chrono_literals;

namespace {

/// The place of a door's parameter: "show.yaml:4 listen.https" and "key" are "show.yaml:4 listen.https.key".
Error below(const std::string& place, Error error) {
  error.where = place + "." + error.where;
  return error;
}

}  // namespace

Result<Core::Door> Core::open(const graph::DoorPlan& plan, std::shared_ptr<net::Admission> admission,
                              const std::shared_ptr<const net::HttpOrigin>& http) {
  Door door{.name = plan.name, .place = plan.place};
  if (!plan.certificate.empty()) {
    net::TlsServer::Rules rules{.files = {plan.certificate, plan.key}, .door = plan.name};
    if (plan.door == nullptr) rules.alpn = {"h2", "http/1.1"};
    auto tls = net::TlsServer::create(std::move(rules), metrics_);
    if (!tls) return tl::unexpected(below(plan.place, std::move(tls.error())));
    door.tls = std::move(*tls);
  }
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
  auto listener = net::listen(*reactor_, std::move(admission), plan.name, address, plan.port, std::move(accept), door.tls);
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

std::vector<Error> Core::reload_certificates() {
  return reload_certificates(false);
}

std::vector<Error> Core::reload_certificates(bool changed_only) {
  struct Secure {
    std::string name;
    std::string place;
    std::shared_ptr<net::TlsServer> tls;
  };
  std::vector<Secure> secure;
  {
    std::lock_guard lock(mutex_);
    for (const Door& door : doors_) {
      if (door.tls) secure.push_back({door.name, door.place, door.tls});
    }
  }
  std::vector<Error> errors;
  for (const Secure& door : secure) {
    if (changed_only && !door.tls->changed()) continue;
    if (auto loaded = door.tls->reload(); !loaded) {
      errors.push_back(below(door.place, std::move(loaded.error())));
    } else {
      log(Level::info, "engine", "",
          fmt::format("{}: the certificate was read again; it is good until {}", door.name, net::day_text(door.tls->until())));
    }
  }
  return errors;
}

Result<std::string> Core::address(std::string_view name) const {
  std::lock_guard lock(mutex_);
  for (const Door& door : doors_) {
    if (door.name == name && door.listener) return door.listener->address();
  }
  return fail(Errc::not_found, std::string(name), "no such door is open");
}

}  // namespace rostrum::engine
