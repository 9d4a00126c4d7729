#include "engine/gate.hpp"

#include <atomic>

#include <fmt/format.h>

#include <rostrum/log.hpp>

namespace rostrum::engine {
namespace {

std::atomic<std::uint64_t> sessions_made{0};
std::atomic<std::uint64_t> events_made{0};

// One question: answered by the host, or by its deadline, whichever comes first.
class Question final : public Reply<Verdict>::Sink, public std::enable_shared_from_this<Question> {
 public:
  explicit Question(std::function<void(Verdict)> answer) : answer_(std::move(answer)) {}

  void answer(Verdict verdict) override {
    if (!verdict.allowed && verdict.reason.empty()) verdict.reason = "refused by the host";
    settle(std::move(verdict));
  }
  bool abandoned() const override {
    std::lock_guard lock(mutex_);
    return abandoned_;
  }
  void when_abandoned(std::function<void()> f) override {
    {
      std::lock_guard lock(mutex_);
      if (!abandoned_) {
        when_abandoned_ = std::move(f);
        return;
      }
    }
    f();
  }
  /// False where the answer was there before.
  bool give_up() {
    std::function<void()> tell;
    {
      std::lock_guard lock(mutex_);
      if (!answer_) return false;
      abandoned_ = true;
      tell = std::move(when_abandoned_);
    }
    settle(Verdict::deny("the host did not answer in time"));
    if (tell) tell();
    return true;
  }
  void keep(std::unique_ptr<net::Loop::Timer> timer) {
    std::lock_guard lock(mutex_);
    if (answer_) timer_ = std::move(timer);
  }

 private:
  void settle(Verdict verdict) {
    std::function<void(Verdict)> answer;
    std::unique_ptr<net::Loop::Timer> timer;
    {
      std::lock_guard lock(mutex_);
      answer.swap(answer_);
      timer = std::move(timer_);
    }
    if (answer) answer(std::move(verdict));
  }
  mutable std::mutex mutex_;  // guards all below
  std::function<void(Verdict)> answer_;
  std::function<void()> when_abandoned_;
  std::unique_ptr<net::Loop::Timer> timer_;
  bool abandoned_ = false;
};

}  // namespace

std::uint64_t next_session() {
  return ++sessions_made;
}

struct Gate::Outbox {
  std::shared_ptr<AuthHooks> hooks;
  std::mutex mutex;  // guards all below
  std::deque<SessionEvent> events;
  bool busy = false;

  void deliver() {
    std::unique_lock lock(mutex);
    while (!events.empty()) {
      const SessionEvent event = std::move(events.front());
      events.pop_front();
      lock.unlock();
      try {
        hooks->event(event);
      } catch (const std::exception& e) {
        log(Level::error, "auth", event.stream, fmt::format("AuthHooks::event threw: {}", e.what()));
      } catch (...) {
        log(Level::error, "auth", event.stream, "AuthHooks::event threw");
      }
      lock.lock();
    }
    busy = false;
  }
};

Gate::Gate(std::shared_ptr<AuthHooks> hooks, Duration deadline, ThreadPool& pool, net::Reactor& reactor, MetricTable& metrics)
    : hooks_(std::move(hooks)),
      deadline_(deadline),
      pool_(pool),
      reactor_(reactor),
      took_(metrics.histogram("rostrum_admission_seconds", "How long the host's hook took to answer")),
      allowed_(metrics.counter("rostrum_admissions_total", "Questions to the host, by answer", {{"answer", "allowed"}})),
      denied_(metrics.counter("rostrum_admissions_total", "Questions to the host, by answer", {{"answer", "denied"}})),
      late_(metrics.counter("rostrum_admissions_total", "Questions to the host, by answer", {{"answer", "late"}})),
      sessions_(metrics.gauge("rostrum_sessions", "Admitted publishers and viewers that are here now")),
      outbox_(std::make_shared<Outbox>()) {
  outbox_->hooks = hooks_;
}

Gate::~Gate() {
  close();
}

void Gate::close() {
  std::unique_lock lock(life_->mutex);
  life_->over = true;
}

void Gate::ask(AdmitRequest request, std::function<void(Verdict)> answer) {
  if (!hooks_) {
    AuthHooks{}.admit(std::move(request), Reply<Verdict>::from([&](Verdict verdict) {
                        (verdict.allowed ? allowed_ : denied_).add();
                        answer(std::move(verdict));
                      }));
    return;
  }
  const auto since = std::chrono::steady_clock::now();
  const auto question = std::make_shared<Question>([this, life = life_, since, answer = std::move(answer)](Verdict verdict) {
    std::shared_lock lock(life->mutex);
    if (life->over) return;
    took_.observe(std::chrono::steady_clock::now() - since);
    (verdict.allowed ? allowed_ : denied_).add();
    answer(std::move(verdict));
  });
  question->keep(reactor_.pick().after(deadline_, [&late_answers = late_, weak = std::weak_ptr(question)] {
    if (const auto late = weak.lock(); late && late->give_up()) late_answers.add();
  }));
  pool_.run([hooks = hooks_, question, request = std::move(request)]() mutable {
    if (question->abandoned()) return;
    const std::string stream = request.app + "/" + request.name;
    try {
      hooks->admit(std::move(request), Reply<Verdict>(question));  // unwinding drops the Reply, which denies
    } catch (const std::exception& e) {
      log(Level::error, "auth", stream, fmt::format("AuthHooks::admit threw, which denies: {}", e.what()));
    } catch (...) {
      log(Level::error, "auth", stream, "AuthHooks::admit threw, which denies");
    }
  });
}

void Gate::opened(const AdmitRequest& request) {
  sessions_.add(1);
  if (!hooks_) return;
  SessionEvent event;
  event.session = request.session;
  event.action = request.action;
  event.protocol = request.protocol;
  event.stream = request.app + "/" + request.name;
  event.client = request.client;
  std::lock_guard lock(mutex_);
  open_.emplace(event.session, event);
  tell(std::move(event));
}

void Gate::closed(std::uint64_t session, std::string reason) {
  sessions_.add(-1);
  if (!hooks_) return;
  std::lock_guard lock(mutex_);
  auto node = open_.extract(session);
  if (!node) return;
  SessionEvent event = std::move(node.mapped());
  event.what = SessionEvent::What::closed;
  event.reason = std::move(reason);
  tell(std::move(event));
}

void Gate::tell(SessionEvent event) {
  std::lock_guard lock(outbox_->mutex);
  event.sequence = ++events_made;
  outbox_->events.push_back(std::move(event));
  if (std::exchange(outbox_->busy, true)) return;
  pool_.run([outbox = outbox_] { outbox->deliver(); });
}

}  // namespace rostrum::engine
