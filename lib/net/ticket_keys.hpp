// The keys that seal TLS session tickets (RFC 8446 4.6.1, RFC 5077): never on disk, a new one every hour, so that a stolen one
// opens little.
#pragma once

#include <array>
#include <list>
#include <mutex>
#include <optional>
#include <span>

#include "net/deadline_wheel.hpp"

namespace rostrum::net {

/// Thread-safe.
class TicketKeys {
 public:
  static constexpr auto rotation = std::chrono::hours(1);
  static constexpr auto lifetime = std::chrono::hours(2);  // of a ticket; a key is kept for as long after its last one

  struct Key {
    std::array<unsigned char, 16> name{};  // stands in the ticket in clear
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};
    Clock::time_point made{};
  };

  TicketKeys() = default;
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  /// The one to seal with. Nothing where the system has no random bytes.
  std::optional<Key> current(Clock::time_point now);
  /// The one that sealed a ticket, where it is still good.
  std::optional<Key> find(std::span<const unsigned char> name, Clock::time_point now);

 private:
  void forget_old(Clock::time_point now);  // mutex_ held

  std::mutex mutex_;     // guards all below
  std::list<Key> keys_;  // oldest first; a list, for what moves leaves copies
};

}  // namespace rostrum::net
