// The inside of a loop, for lib/net's own .cpp files: this is where Boost.Asio is.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/deadline_wheel.hpp"
#include "net/reactor.hpp"
#include "net/read_coalescer.hpp"
#include "net/tls_scratch.hpp"

namespace rostrum::net {

namespace asio = boost::asio;

class TcpConnection;

class LoopImpl final : public Loop, public std::enable_shared_from_this<LoopImpl> {
 public:
  LoopImpl();

  void post(std::function<void()> f) override;
  void hand_over(std::shared_ptr<Errand>) override;
  std::unique_ptr<Timer> after(Duration delay, std::function<void()> f) override;
  bool here() const override { return std::this_thread::get_id() == thread_id_.load(std::memory_order_relaxed); }

  void start(int number);
  /// Closes what is open, runs what that causes, ends the thread. Not on the loop itself.
  void stop();
  /// Runs `f` on the loop and waits for it; on the calling thread where the loop has ended. Never waits on the loop itself.
  void run(const std::function<void()>& f);
  [[nodiscard]] bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

  /// Files a deadline and sees to it that the wheel turns in time. Loop thread only.
  void file(Deadline& deadline);
  void unfile(Deadline& deadline);
  /// Are errands being run? Loop thread only, as below.
  [[nodiscard]] bool running_errands() const { return running_errands_; }
  /// Settles the connection when the errands that are being run together are done. Only from one of them.
  void settle_later(std::shared_ptr<TcpConnection> connection) { unsettled_.push_back(std::move(connection)); }

  /// A publisher's connection has been read: where many are, the loop rests for a moment after them. Loop thread only.
  void read_media(Clock::time_point now);
  /// Something else came: it is not kept waiting by a rest. Loop thread only.
  void read_other() { coalescer_.read_other(); }

  asio::io_context io{1};
  // Loop thread only, as all below:
  std::list<std::shared_ptr<TcpConnection>> connections;
  std::vector<std::byte> scratch;  // where long reads go before they are parsed
  TlsScratch tls_scratch;

 private:
  void arm();
  void run_errands();
  void rest();

  asio::executor_work_guard<asio::io_context::executor_type> work_{io.get_executor()};
  asio::steady_timer wheel_timer_{io};
  Clock::time_point armed_for_ = Clock::time_point::max();
  bool turning_ = false;
  DeadlineWheel wheel_{Clock::now()};
  ReadCoalescer coalescer_;
  bool rest_posted_ = false;

  std::vector<std::shared_ptr<Errand>> errands_;  // under way
  std::size_t errands_run_ = 0;
  bool running_errands_ = false;
  std::vector<std::shared_ptr<TcpConnection>> unsettled_;  // after the errands that were run

  std::mutex inbox_mutex_;  // guards both below
  std::vector<std::shared_ptr<Errand>> inbox_;
  bool inbox_posted_ = false;

  std::atomic<std::thread::id> thread_id_{};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;  // guarded by mutex_; the thread is past its last handler
  std::thread thread_;
};

struct Reactor::Impl {
  std::vector<std::shared_ptr<LoopImpl>> loops;
  std::atomic<std::size_t> next{0};
};

}  // namespace rostrum::net
