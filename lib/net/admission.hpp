// Who may still come in: caps over all listeners, and who has to go when the house is full.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <tl/expected.hpp>

#include "net/cidr.hpp"
#include "net/listener.hpp"

namespace rostrum::net {

class Admission : public std::enable_shared_from_this<Admission> {
 public:
  enum class Refusal { full, address };

  /// One admitted connection; gives its place back when it is destroyed. Thread-safe.
  class Ticket {
   public:
    ~Ticket() { admission_->leave(*this); }
    /// The connection has shown what it is here for: it is no longer among the first to go.
    void sent_request() { admission_->settle(*this); }

   private:
    friend class Admission;
    explicit Ticket(std::shared_ptr<Admission> admission, IpAddress key, bool by_address, std::function<void()> evict)
        : admission_(std::move(admission)), key_(key), by_address_(by_address), evict_(std::move(evict)) {}
    const std::shared_ptr<Admission> admission_;
    const IpAddress key_;
    const bool by_address_;
    const std::function<void()> evict_;
    // Guarded by the admission's mutex:
    bool counted_ = false;
    bool silent_ = false;
    std::list<Ticket*>::iterator place_;
  };

  Admission(Limits limits, Metrics& metrics);

  /// Takes a place. When all are taken, the oldest connection that has sent no request loses its own: its `evict` is called, on
  /// this thread and under no lock. Thread-safe.
  tl::expected<std::unique_ptr<Ticket>, Refusal> admit(const IpAddress& peer, std::function<void()> evict);

  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] const std::vector<Network>& trusted_proxies() const { return trusted_; }
  [[nodiscard]] Metrics& metrics() const { return metrics_; }
  [[nodiscard]] std::size_t connections() const;

 private:
  void leave(Ticket& ticket);
  void settle(Ticket& ticket);
  void release(Ticket& ticket);  // mutex_ held

  Limits limits_;
  std::vector<Network> trusted_;
  Metrics& metrics_;
  mutable std::mutex mutex_;  // guards all below; taken when a connection comes, first asks, and goes
  std::size_t total_ = 0;
  std::map<IpAddress, std::size_t> by_address_;
  std::list<Ticket*> silent_;  // oldest first
};

}  // namespace rostrum::net
