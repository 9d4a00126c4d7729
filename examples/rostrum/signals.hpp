// SIGTERM, SIGINT and SIGHUP as something to wait for.
#pragma once

#include <chrono>
#include <csignal>
#include <ctime>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

/// Blocks the signals for this thread and all that it starts: make it first in main's thread. A second SIGTERM or SIGINT, after
/// the first was taken, ends the process as usual. SIGHUP means "read files again", but for a program whose terminal was closed:
/// to that it is the end, as ever, and comes out as SIGTERM.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  /// The signal that came within `limit`.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds limit) {
    const timespec time{limit.count() / 1000, (limit.count() % 1000) * 1'000'000};
    const int signal = sigtimedwait(&set_, nullptr, &time);
    if (signal < 0) return std::nullopt;
    if (signal == SIGHUP && !(had_terminal_ && !has_terminal())) return signal;
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
    return signal == SIGHUP ? SIGTERM : signal;
  }

 private:
  static bool has_terminal() {
    const int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (terminal >= 0) close(terminal);
    return terminal >= 0;
  }

  const bool had_terminal_ = has_terminal();
  sigset_t set_{};
};
