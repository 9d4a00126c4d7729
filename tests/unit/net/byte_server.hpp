// A server whose protocol does what a test says with each piece of bytes.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fixture.hpp"
#include "net/admission.hpp"

namespace rostrum::net::test {

struct Seen {
  std::atomic<int> drained{0};
  std::atomic<int> closed{0};
  std::atomic<int> destroyed{0};
  std::mutex mutex;
  std::vector<Error> ends;
  std::string text;
};

// Does what a test says with each piece, and tells what it saw.
class Scripted final : public Protocol {
 public:
  using Received = std::function<Result<void>(Connection&, std::string_view)>;
  Scripted(Connection& connection, Seen& seen, Received received)
      : connection_(connection), seen_(seen), received_(std::move(received)) {}
  ~Scripted() override { ++seen_.destroyed; }
  Result<void> received(ByteView bytes) override {
    {
      std::lock_guard lock(seen_.mutex);
      seen_.text += as_text(bytes);
    }
    return received_(connection_, as_text(bytes));
  }
  void drained() override { ++seen_.drained; }
  void closed(const Error& why) override {
    std::lock_guard lock(seen_.mutex);
    seen_.ends.push_back(why);
    ++seen_.closed;
  }

 private:
  Connection& connection_;
  Seen& seen_;
  Received received_;
};

struct ByteServer {
  explicit ByteServer(Scripted::Received received, Limits limits = {}, std::function<void(Connection&)> opened = {})
      : admission(make_admission(std::move(limits), metrics)) {
    auto made = listen(reactor, admission, "test", "127.0.0.1", 0, [this, received, opened](Connection& connection) {
      if (opened) opened(connection);
      return std::make_unique<Scripted>(connection, seen, received);
    });
    REQUIRE(made);
    listener = *std::move(made);
  }
  Error end() {
    REQUIRE(eventually([this] { return seen.destroyed > 0; }));
    std::lock_guard lock(seen.mutex);
    return seen.ends.at(0);
  }
  RawClient client() const { return RawClient(listener->address()); }

  Seen seen;
  TestMetrics metrics;
  Reactor reactor{1};
  std::shared_ptr<Admission> admission;
  std::unique_ptr<Listener> listener;
};

inline Result<void> echo_bytes(Connection& connection, std::string_view text) {
  connection.write(Bytes(std::string(text)));
  return {};
}

}  // namespace rostrum::net::test
