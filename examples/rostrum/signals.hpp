// SIGTERM and SIGINT as something to wait for.
#pragma once

#include <chrono>
#include <csignal>
#include <ctime>
#include <optional>

/// Blocks the two signals for this thread and all that it starts: make it first in main's thread. A second signal, after the
/// first was taken, ends the process as usual.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  /// The signal that came within `limit`.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds limit) {
    const timespec time{limit.count() / 1000, (limit.count() % 1000) * 1'000'000};
    const int signal = sigtimedwait(&set_, nullptr, &time);
    if (signal < 0) return std::nullopt;
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
    return signal;
  }

 private:
  sigset_t set_{};
};
