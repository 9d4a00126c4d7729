#include "net/door_state.hpp"

#include <utility>

#include <fmt/core.h>

namespace rostrum::net {
namespace {

constexpr std::string_view refused_name = "rostrum_connections_refused_total";
constexpr std::string_view refused_help = "Connections turned away at once because a limit was reached.";

}  // namespace

DoorState::DoorState(std::string n, std::shared_ptr<Admission> a, Accept f, std::shared_ptr<TlsServer> t)
    : name(std::move(n)),
      admission(std::move(a)),
      accept(std::move(f)),
      tls(std::move(t)),
      connections_(admission->metrics().gauge("rostrum_connections", "Open connections.", {{"door", name}})),
      refused_full_(admission->metrics().counter(refused_name, refused_help, {{"door", name}, {"reason", "full"}})),
      refused_address_(admission->metrics().counter(refused_name, refused_help, {{"door", name}, {"reason", "address"}})) {
  for (std::size_t i = 0; i < errors_.size(); ++i) {
    errors_[i] =
        &admission->metrics().counter("rostrum_connection_errors_total", "Connections closed because something was wrong.",
                                      {{"door", name}, {"code", name_of(static_cast<Errc>(i))}});
  }
}

void DoorState::opened() {
  ++open_;
  connections_.add(1);
}

void DoorState::gone() {
  connections_.add(-1);
  if (--open_ > 0) return;
  std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void DoorState::refused(Admission::Refusal why, const IpAddress& peer) {
  const bool full = why == Admission::Refusal::full;
  (full ? refused_full_ : refused_address_).add();
  say(Level::warning,
      full ? fmt::format("refused {}: all {} connections are in use; raise max_connections or the file limit", peer.text(),
                         admission->limits().connections)
           : fmt::format("refused {}: {} connections from one address; a proxy or NAT in front belongs in trusted_proxies",
                         peer.text(), admission->limits().per_address));
}

void DoorState::failed(Errc code) {
  errors_[static_cast<std::size_t>(code)]->add();
}

void DoorState::say(Level level, std::string_view text) {
  if (!log_enabled(level)) return;
  const auto held_back = limit_.allow();
  if (!held_back) return;
  log(level, name, "", *held_back == 0 ? std::string(text) : fmt::format("{} ({} more lines were held back)", text, *held_back));
}

bool DoorState::wait_empty(Duration limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return empty(); });
}

}  // namespace rostrum::net
