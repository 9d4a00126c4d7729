// Asks the host who may publish, play and control, and tells it who came and went.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include <rostrum/auth.hpp>
#include <rostrum/error.hpp>
#include <rostrum/media.hpp>

#include "engine/metric_table.hpp"
#include "engine/thread_pool.hpp"
#include "net/reactor.hpp"

namespace rostrum::engine {

/// Unique in the process's life, never 0. Thread-safe.
std::uint64_t next_session();

/// Thread-safe.
class Gate {
 public:
  /// `hooks` nullptr: AuthHooks' own policy, answered at once on the asking thread, and no events.
  Gate(std::shared_ptr<AuthHooks> hooks, Duration deadline, ThreadPool& pool, net::Reactor& reactor, MetricTable&);
  ~Gate();
  [[nodiscard]] bool asks_host() const { return hooks_ != nullptr; }
  /// `answer` runs once, on any thread, and must only hand over. A refusal has a reason.
  void ask(AdmitRequest, std::function<void(Verdict)> answer);
  /// Exactly one of each for an admitted session, open first. Events reach the host one after the other, by sequence.
  void opened(const AdmitRequest&);
  void closed(std::uint64_t session, std::string reason);
  /// Questions that are open are never answered any more: who asked is about to go. Waits for an answer under way.
  void close();

 private:
  void tell(SessionEvent);
  std::shared_ptr<AuthHooks> hooks_;
  const Duration deadline_;
  ThreadPool& pool_;
  net::Reactor& reactor_;
  Histogram& took_;
  Counter& allowed_;
  Counter& denied_;
  Counter& late_;
  Gauge& sessions_;

  struct Life {
    std::shared_mutex mutex;
    bool over = false;  // guarded by mutex
  };
  std::shared_ptr<Life> life_ = std::make_shared<Life>();  // a host may hold a Reply for longer than we live
  std::mutex mutex_;                                       // guards all below
  std::unordered_map<std::uint64_t, SessionEvent> open_;
  struct Outbox;  // events on their way to the host
  std::shared_ptr<Outbox> outbox_;
};

}  // namespace rostrum::engine
