// What all connections of one listener share.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <rostrum/log.hpp>

#include "net/admission.hpp"
#include "net/listener.hpp"
#include "net/log_limit.hpp"

namespace rostrum::net {

/// Thread-safe.
class DoorState {
 public:
  DoorState(std::string name, std::shared_ptr<Admission> admission, Accept accept, std::shared_ptr<TlsServer> tls);

  const std::string name;
  const std::shared_ptr<Admission> admission;
  const Accept accept;
  const std::shared_ptr<TlsServer> tls;  // nullptr: plain

  void opened();
  void gone();
  void refused(Admission::Refusal why, const IpAddress& peer);
  void failed(Errc code);
  /// A line about the door's traffic, within bounds.
  void say(Level level, std::string_view text);
  [[nodiscard]] bool empty() const { return open_.load() == 0; }
  /// Waits until no connection is open; false after `limit`.
  bool wait_empty(Duration limit);

 private:
  Gauge& connections_;
  Counter& refused_full_;
  Counter& refused_address_;
  std::array<Counter*, static_cast<std::size_t>(Errc::internal) + 1> errors_{};
  LogLimit limit_;
  std::atomic<std::size_t> open_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace rostrum::net
