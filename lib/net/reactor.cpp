#include "net/reactor.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <string>
#include <utility>

#include <rostrum/log.hpp>
#include <rostrum/prefetch.hpp>

#include "net/reactor_impl.hpp"
#include "net/tcp_connection.hpp"

namespace rostrum::net {
namespace {

constexpr std::size_t scratch_bytes = 64 << 10;
constexpr std::size_t prefetched = 4;        // errands ahead
constexpr std::size_t errand_bytes = 352;    // of an HTTP exchange
constexpr std::size_t errands_at_once = 64;  // less than a millisecond of system calls, then others get their turn

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Cores that this process may use, which a container or taskset may have made fewer than there are.
unsigned usable_cores() {
  cpu_set_t usable;
  if (sched_getaffinity(0, sizeof usable, &usable) == 0 && CPU_COUNT(&usable) > 0)
    return static_cast<unsigned>(CPU_COUNT(&usable));
  return std::max(1u, std::thread::hardware_concurrency());  // more cores than the set has room for
}

// A host's signal handlers belong to the host's threads.
void block_signals_of_this_thread() {
  sigset_t all;
  sigfillset(&all);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&all, fault);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

// Nobody above a loop could catch it: the process would end, and with it every other stream.
template <class F>
void call(const F& f) {
  try {
    return f();
  } catch (const std::exception& e) {
    log(Level::error, "net", "", std::string("a mistake of the server's: a task threw ") + e.what());
  } catch (...) {
    log(Level::error, "net", "", "a mistake of the server's: a task threw something that is no exception");
  }
}

struct TimerState {
  TimerState(asio::io_context& io, std::function<void()> call) : timer(io), f(std::move(call)) {}
  asio::steady_timer timer;  // loop thread only
  std::function<void()> f;
  std::atomic<bool> cancelled{false};
};

struct TimerHandle final : Loop::Timer {
  TimerHandle(std::shared_ptr<LoopImpl> l, std::shared_ptr<TimerState> s) : loop(std::move(l)), state(std::move(s)) {}
  ~TimerHandle() override {
    state->cancelled = true;
    loop->post([weak = std::weak_ptr(state)] {
      if (auto s = weak.lock()) s->timer.cancel();
    });
  }
  std::shared_ptr<LoopImpl> loop;  // the timer is part of it and must go first
  std::shared_ptr<TimerState> state;
};

}  // namespace

LoopImpl::LoopImpl() : scratch(scratch_bytes) {}

void LoopImpl::post(std::function<void()> f) {
  if (stopping()) return;
  asio::post(io, [this, f = std::move(f)] {
    read_other();
    if (!stopping()) call(f);
  });
}

void LoopImpl::hand_over(std::shared_ptr<Errand> errand) {
  if (stopping()) return;
  {
    std::lock_guard lock(inbox_mutex_);
    inbox_.push_back(std::move(errand));
    if (std::exchange(inbox_posted_, true)) return;
  }
  asio::post(io, [this] { run_errands(); });
}

void LoopImpl::read_media(Clock::time_point now) {
  if (!coalescer_.read_media(now) || std::exchange(rest_posted_, true)) return;
  asio::post(io, [this] { rest(); });  // behind all that is ready now
}

void LoopImpl::rest() {
  rest_posted_ = false;
  if (const auto until = coalescer_.rest_until(Clock::now()); until && !stopping()) std::this_thread::sleep_until(*until);
}

void LoopImpl::run_errands() {
  read_other();
  if (errands_.empty()) {
    std::lock_guard lock(inbox_mutex_);
    errands_.swap(inbox_);
  }
  const std::size_t until = std::min(errands_.size(), errands_run_ + errands_at_once);
  running_errands_ = true;
  while (errands_run_ < until && !stopping()) {
    // They were put down one after the other, long ago for a cache: first each itself, then what it points to.
    if (errands_run_ + 2 * prefetched < errands_.size()) prefetch(errands_[errands_run_ + 2 * prefetched].get(), errand_bytes);
    if (errands_run_ + prefetched < errands_.size()) errands_[errands_run_ + prefetched]->prefetch();
    const auto errand = std::move(errands_[errands_run_++]);
    call([&errand] { errand->run(); });
  }
  running_errands_ = false;
  for (const auto& connection : unsettled_) call([&] { connection->settle_now(); });
  unsettled_.clear();
  if (errands_run_ == errands_.size() || stopping()) {
    errands_.clear();
    errands_run_ = 0;
    std::lock_guard lock(inbox_mutex_);
    if (stopping()) inbox_.clear();
    inbox_posted_ = !inbox_.empty();
    if (!inbox_posted_) return;
  }
  asio::post(io, [this] { run_errands(); });
}

std::unique_ptr<Loop::Timer> LoopImpl::after(Duration delay, std::function<void()> f) {
  auto state = std::make_shared<TimerState>(io, std::move(f));
  const auto due = Clock::now() + std::chrono::duration_cast<Clock::duration>(delay);
  asio::post(io, [this, state, due] {
    if (stopping() || state->cancelled) return;
    state->timer.expires_at(due);
    state->timer.async_wait([this, state](boost::system::error_code error) {
      if (!error && !stopping() && !state->cancelled) call(state->f);
    });
  });
  return std::make_unique<TimerHandle>(shared_from_this(), std::move(state));
}

void LoopImpl::start(int number) {
  thread_ = std::thread([this, number] {
    thread_id_ = std::this_thread::get_id();
    block_signals_of_this_thread();
    pthread_setname_np(pthread_self(), ("rostrum-net-" + std::to_string(number)).c_str());
    io.run();
    io.restart();
    io.poll();  // what the closing of connections and acceptors has caused
    std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  });
}

void LoopImpl::stop() {
  asio::post(io, [this] {
    stopping_ = true;
    while (!connections.empty()) connections.front()->abort("the server stops");
    wheel_timer_.cancel();
    work_.reset();
    io.stop();
  });
  if (thread_.joinable()) thread_.join();
}

void LoopImpl::run(const std::function<void()>& f) {
  if (here()) return f();
  bool done = false;
  const auto once = std::make_shared<std::function<void()>>([&, this] {
    f();
    std::lock_guard lock(mutex_);
    done = true;
    changed_.notify_all();
  });
  asio::post(io, [once] {
    if (*once) std::exchange(*once, nullptr)();
  });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done || ended_; });
  if (done) return;
  lock.unlock();
  std::exchange(*once, nullptr)();  // no thread runs the loop any more: nobody else touches its state
  io.restart();
  io.poll();  // what `f` has cancelled holds on to its owners until it is told
}

void LoopImpl::file(Deadline& deadline) {
  wheel_.file(deadline);
  if (!turning_ && !stopping()) arm();
}

void LoopImpl::unfile(Deadline& deadline) {
  wheel_.unfile(deadline);
}

void LoopImpl::arm() {
  const auto next = wheel_.next();
  if (!next || *next >= armed_for_) return;
  armed_for_ = *next;
  wheel_timer_.expires_at(*next);
  wheel_timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;  // armed anew for an earlier time, or stopping
    armed_for_ = Clock::time_point::max();
    turning_ = true;
    wheel_.turn(Clock::now());
    turning_ = false;
    arm();
  });
}

Reactor::Reactor(int threads) : impl_(std::make_unique<Impl>()) {
  raise_file_limit();
  const unsigned count = threads > 0 ? static_cast<unsigned>(threads) : usable_cores();
  for (unsigned i = 0; i < count; ++i) {
    impl_->loops.push_back(std::make_shared<LoopImpl>());
    impl_->loops.back()->start(static_cast<int>(i));
  }
}

Reactor::~Reactor() {
  for (const auto& loop : impl_->loops) loop->stop();
}

Loop& Reactor::pick() {
  return *impl_->loops[impl_->next.fetch_add(1, std::memory_order_relaxed) % impl_->loops.size()];
}
std::size_t Reactor::size() const {
  return impl_->loops.size();
}
Loop& Reactor::loop(std::size_t index) {
  return *impl_->loops.at(index);
}

}  // namespace rostrum::net
