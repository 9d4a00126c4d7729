// What the load tools share: an epoll loop, sockets to 127.0.0.1, clocks, percentiles. One thread.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace load {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1'000 * ms;

inline std::int64_t read_clock(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return t.tv_sec * second + t.tv_nsec;
}
/// Nanoseconds; the same clock in every process of the machine.
inline std::int64_t now() {
  return read_clock(CLOCK_MONOTONIC);
}

/// Nanoseconds of processor time that a process has used, all its threads together.
inline std::int64_t cpu_of(pid_t pid) {
  clockid_t clock{};
  return clock_getcpuclockid(pid, &clock) == 0 ? read_clock(clock) : 0;
}

[[noreturn]] inline void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

inline void raise_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Blocks until the connection stands.
inline int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("connect");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

inline void unblock(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

class Loop {
 public:
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void readable() = 0;
  };

  void add(int fd, Waiter& waiter) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &waiter;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
  }
  /// Runs `f` from `turn` once `at` is past.
  void at(std::int64_t time, std::function<void()> f) {
    timers_.push_back({time, next_timer_++, std::move(f)});
    std::push_heap(timers_.begin(), timers_.end(), later);
  }
  /// Waits for sockets and timers, at the longest until `end`, and serves them once.
  void turn(std::int64_t end) {
    const std::int64_t due = timers_.empty() ? end : std::min(end, timers_.front().at);
    const std::int64_t wait = std::max<std::int64_t>(0, due - now());
    const timespec limit{wait / second, wait % second};
    std::array<epoll_event, 512> events;
    const int count = epoll_pwait2(epoll_, events.data(), events.size(), &limit, nullptr);
    for (int i = 0; i < count; ++i) static_cast<Waiter*>(events[static_cast<std::size_t>(i)].data.ptr)->readable();
    while (!timers_.empty() && timers_.front().at <= now()) {
      std::pop_heap(timers_.begin(), timers_.end(), later);
      const auto f = std::move(timers_.back().f);
      timers_.pop_back();
      f();
    }
  }

 private:
  struct Timer {
    std::int64_t at;
    std::uint64_t number;  // of two at one time the older goes first
    std::function<void()> f;
  };
  static bool later(const Timer& a, const Timer& b) { return std::pair(a.at, a.number) > std::pair(b.at, b.number); }

  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::uint64_t next_timer_ = 0;
  std::vector<Timer> timers_;
};

/// {"n": 3, "p50": 1.2, ...} of nanoseconds, in ms. Sorts.
inline std::string percentiles(std::vector<std::int64_t>& values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    if (values.empty()) return 0.0;
    const auto index = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    return static_cast<double>(values[std::min(index, values.size() - 1)]) / ms;
  };
  std::array<char, 128> text{};
  std::snprintf(text.data(), text.size(), R"({"n": %zu, "p50": %.3f, "p95": %.3f, "p99": %.3f, "max": %.3f})", values.size(),
                at(0.5), at(0.95), at(0.99), at(1));
  return text.data();
}

}  // namespace load
