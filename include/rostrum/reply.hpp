// An answer that may come later, from any thread, exactly once.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <rostrum/prefetch.hpp>

namespace rostrum {

/// Move-only. Answer once, from any thread; a Reply that is dropped unanswered answers T{} (which denies, refuses or is a 404).
/// The asker may stop waiting (deadline, disconnect): the answer is then discarded, and `when_abandoned` tells the answerer.
template <class T>
class Reply {
 public:
  /// What the asker implements. `answer` is called exactly once, on the answering thread; it must only hand over.
  struct Sink {
    virtual ~Sink() = default;
    virtual void answer(T) = 0;
    virtual bool abandoned() const { return false; }
    virtual void when_abandoned(std::function<void()>) {}
  };

  Reply() = default;
  explicit Reply(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}
  /// Answers by calling `f(T)`.
  template <class F>
  static Reply from(F f) {
    struct Call final : Sink {
      explicit Call(F function) : f(std::move(function)) {}
      void answer(T value) override { f(std::move(value)); }
      F f;
    };
    return Reply(std::make_shared<Call>(std::move(f)));
  }
  Reply(Reply&& other) noexcept = default;
  Reply& operator=(Reply&& other) noexcept {
    if (this != &other) {
      drop();
      sink_ = std::move(other.sink_);
      change_ = other.change_;
    }
    return *this;
  }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() { drop(); }

  void operator()(T value) {
    if (auto sink = std::exchange(sink_, nullptr)) sink->answer(change_ ? change_(std::move(value)) : std::move(value));
  }
  /// True while an answer is still owed and somebody waits for it.
  [[nodiscard]] bool wanted() const { return sink_ && !sink_->abandoned(); }
  /// Asks memory for what answering will touch. For who answers thousands at once: some replies before its turn.
  void prefetch() const { rostrum::prefetch(sink_.get(), 320); }  // most of an HTTP exchange
  /// `f` runs at most once, on any thread, when the asker stops waiting. Answering is still allowed and does nothing.
  void when_abandoned(std::function<void()> f) {
    if (sink_) sink_->when_abandoned(std::move(f));
  }

 private:
  friend struct ReplyAccess;  // the house's own
  void drop() {
    if (sink_) (*this)(T{});
  }
  std::shared_ptr<Sink> sink_;
  T (*change_)(T) = nullptr;  // what an answer passes through on its way
};

}  // namespace rostrum
