// Network threads, one io_context each. Boost stays behind this header.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <rostrum/media.hpp>

namespace rostrum::net {

/// One thread that runs what is posted to it, in order. Lives as long as its Reactor.
class Loop {
 public:
  virtual ~Loop() = default;
  /// Thread-safe. Dropped when the reactor has stopped.
  virtual void post(std::function<void()>) = 0;
  /// What threads have for a loop by thousands at a time: handing it over allocates nothing and wakes the loop once.
  struct Errand {
    virtual ~Errand() = default;
    virtual void run() = 0;
    /// Asks memory for what `run` will touch beside the errand itself; called some errands before it is run.
    virtual void prefetch() const {}
  };
  /// Runs the errand on the loop, some together. Thread-safe. Dropped when the reactor has stopped.
  virtual void hand_over(std::shared_ptr<Errand>) = 0;
  /// Runs `f` after `delay` on the loop. Thread-safe; the handle cancels when it is destroyed (a call under way still finishes).
  struct Timer {
    virtual ~Timer() = default;
  };
  [[nodiscard]] virtual std::unique_ptr<Timer> after(Duration delay, std::function<void()> f) = 0;
  [[nodiscard]] virtual bool here() const = 0;  // is this the loop's thread?
};

class Reactor {
 public:
  /// Starts `threads` loops (0 = one a core), named rostrum-net-N. Raises RLIMIT_NOFILE to its hard limit.
  explicit Reactor(int threads = 0);
  ~Reactor();  // stops and joins
  /// The next loop, round robin. Thread-safe.
  Loop& pick();
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] Loop& loop(std::size_t index);

  struct Impl;
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace rostrum::net
