// What all islands of a process share: GStreamer itself, its log, and the thread that its buses are drained on.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <thread>

#include <glib.h>
#include <rostrum/error.hpp>
#include <rostrum/media.hpp>

#include "pipeline/initialise.hpp"

namespace rostrum::pipeline {

/// A thread with a GMainContext of its own: the host's default context is never touched. One a process, alive while somebody
/// holds it. Thread-safe.
class Control {
 public:
  static std::shared_ptr<Control> share();
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  /// Runs `f` on the control thread after `delay`; `f` does not own the Control.
  void post(std::function<void()> f, Duration delay = {});
  /// Runs `f` on the control thread and waits for it; on the control thread itself it runs at once.
  template <class F>
  auto call(F f) -> decltype(f()) {
    if (std::this_thread::get_id() == thread_.get_id()) return f();
    std::packaged_task<decltype(f())()> task(std::move(f));
    auto result = task.get_future();
    post([&task] { task(); });
    return result.get();
  }
  [[nodiscard]] GMainContext* context() const { return context_; }

 private:
  Control();
  GMainContext* context_;
  GMainLoop* loop_;
  std::thread thread_;
};

}  // namespace rostrum::pipeline
