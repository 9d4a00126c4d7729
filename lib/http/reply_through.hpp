// A Reply that changes the answer on its way.
#pragma once

#include <memory>
#include <utility>

#include <rostrum/http.hpp>

namespace rostrum::http {

/// Answers `reply` with `change(HttpResponse)`. The asker's going away is seen through it.
template <class Change>
HttpReply reply_through(HttpReply reply, Change change) {
  struct Through final : HttpReply::Sink {
    Through(HttpReply r, Change c) : inner(std::move(r)), apply(std::move(c)), asked(inner.wanted()) {}
    void answer(HttpResponse response) override { inner(apply(std::move(response))); }
    bool abandoned() const override { return asked && !inner.wanted(); }
    void when_abandoned(std::function<void()> f) override { inner.when_abandoned(std::move(f)); }
    HttpReply inner;
    Change apply;
    bool asked;
  };
  return HttpReply(std::make_shared<Through>(std::move(reply), std::move(change)));
}

}  // namespace rostrum::http
