#include "net/admission.hpp"

#include <sys/resource.h>

#include <utility>

#include <rostrum/log.hpp>

namespace rostrum::net {
namespace {

// Files, pipelines and hook connections need descriptors too.
constexpr std::size_t reserved_files = 256;

std::size_t places(std::size_t wished) {
  if (wished > 0) return wished;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024 - reserved_files;
  // The reactor raises the soft limit to the hard one; do not depend on who is made first.
  const auto files = static_cast<std::size_t>(limit.rlim_max);
  return files > 2 * reserved_files ? files - reserved_files : files / 2;
}

// Whoever has one IPv6 address has its /64.
IpAddress host_of(const IpAddress& address) {
  return address.v4() ? address : address.prefix(64);
}

}  // namespace

std::shared_ptr<Admission> make_admission(Limits limits, Metrics& metrics) {
  return std::make_shared<Admission>(std::move(limits), metrics);
}

Admission::Admission(Limits limits, Metrics& metrics) : limits_(std::move(limits)), metrics_(metrics) {
  limits_.connections = places(limits_.connections);
  for (const std::string& text : limits_.trusted_proxies) {
    if (auto network = parse_network(text)) {
      trusted_.push_back(*network);
    } else {
      log(Level::error, "net", "", "trusted_proxies: " + network.error().message() + "; it is not trusted");
    }
  }
}

tl::expected<std::unique_ptr<Admission::Ticket>, Admission::Refusal> Admission::admit(const IpAddress& peer,
                                                                                      std::function<void()> evict) {
  const bool by_address = !peer.loopback() && !contains(trusted_, peer);
  std::unique_ptr<Ticket> ticket(new Ticket(shared_from_this(), host_of(peer), by_address, std::move(evict)));
  std::function<void()> evict_oldest;
  {
    std::lock_guard lock(mutex_);
    if (by_address) {
      const auto found = by_address_.find(ticket->key_);
      if (found != by_address_.end() && found->second >= limits_.per_address) return tl::unexpected(Refusal::address);
    }
    if (total_ >= limits_.connections) {
      if (silent_.empty()) return tl::unexpected(Refusal::full);
      Ticket& oldest = *silent_.front();
      evict_oldest = oldest.evict_;
      release(oldest);
    }
    ++total_;
    if (by_address) ++by_address_[ticket->key_];
    ticket->counted_ = ticket->silent_ = true;
    ticket->place_ = silent_.insert(silent_.end(), ticket.get());
  }
  if (evict_oldest) evict_oldest();
  return ticket;
}

std::size_t Admission::connections() const {
  std::lock_guard lock(mutex_);
  return total_;
}

void Admission::leave(Ticket& ticket) {
  std::lock_guard lock(mutex_);
  release(ticket);
}

void Admission::settle(Ticket& ticket) {
  std::lock_guard lock(mutex_);
  if (std::exchange(ticket.silent_, false)) silent_.erase(ticket.place_);
}

void Admission::release(Ticket& ticket) {
  if (!std::exchange(ticket.counted_, false)) return;
  if (std::exchange(ticket.silent_, false)) silent_.erase(ticket.place_);
  --total_;
  if (!ticket.by_address_) return;
  const auto found = by_address_.find(ticket.key_);
  if (--found->second == 0) by_address_.erase(found);
}

}  // namespace rostrum::net
