// A server on a free port of 127.0.0.1 and clients that send exactly the bytes they are told to.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <rostrum/log.hpp>
#include <rostrum/metrics.hpp>

#include "net/http_server.hpp"
#include "net/listener.hpp"

namespace rostrum::net::test {

constexpr std::chrono::seconds patience{10};  // a promise that is not kept fails the test after it

class TestMetrics final : public Metrics {
 public:
  Counter& counter(std::string_view name, std::string_view, const Labels& labels = {}) override {
    std::lock_guard lock(mutex_);
    return counters_[key(name, labels)];
  }
  Gauge& gauge(std::string_view name, std::string_view, const Labels& labels = {}) override {
    std::lock_guard lock(mutex_);
    return gauges_[key(name, labels)];
  }
  /// "name{a=b,c=d}"
  std::uint64_t count(const std::string& key) {
    std::lock_guard lock(mutex_);
    return counters_[key].value();
  }
  double level(const std::string& key) {
    std::lock_guard lock(mutex_);
    return gauges_[key].value();
  }

 private:
  static std::string key(std::string_view name, const Labels& labels) {
    std::string text(name);
    text += '{';
    for (const auto& [k, v] : labels) text += (text.back() == '{' ? "" : ",") + std::string(k) + '=' + std::string(v);
    return text + '}';
  }
  std::mutex mutex_;  // guards both maps
  std::map<std::string, Counter> counters_;
  std::map<std::string, Gauge> gauges_;
};

/// Reads what a server says, as text.
class TextClient {
 public:
  virtual ~TextClient() = default;
  virtual void send(std::string_view text) = 0;
  /// Up to and with `mark`.
  std::string until(std::string_view mark);
  std::string exactly(std::size_t count);
  /// One HTTP answer: head, and as much body as its Content-Length says unless `head_only`.
  std::string answer(bool head_only = false);
  /// Everything up to the end of the connection.
  std::string rest();
  /// Does the connection end, after nothing more or anything?
  bool ended();

 protected:
  TextClient() = default;
  TextClient(TextClient&&) = default;
  virtual bool more() = 0;  // reads into buffer_; false: the end
  std::string buffer_;
};

class RawClient : public TextClient {
 public:
  explicit RawClient(const std::string& address, int receive_buffer = 0);
  ~RawClient() override;
  RawClient(RawClient&& other) noexcept : TextClient(std::move(other)), socket_(std::exchange(other.socket_, -1)) {}

  [[nodiscard]] bool connected() const { return socket_ >= 0; }
  void send(std::string_view text) override;
  /// What the socket takes within 200 ms.
  std::size_t try_send(std::string_view text);
  void finish();  // FIN
  void reset();   // RST
  /// Whatever comes next; empty = the end.
  std::string some();
  [[nodiscard]] bool silent();  // nothing to read right now

 private:
  bool more() override;
  int socket_ = -1;
};

/// "404" of "HTTP/1.1 404 Not Found..."
inline std::string status(std::string_view answer) {
  return answer.size() < 12 ? std::string() : std::string(answer.substr(9, 3));
}
inline std::string body(std::string_view answer) {
  const auto at = answer.find("\r\n\r\n");
  return at == answer.npos ? std::string() : std::string(answer.substr(at + 4));
}

/// Waits until `f` holds; false when patience ends.
bool eventually(const std::function<bool()>& f);

/// Collects log lines while it lives.
class Log {
 public:
  Log();
  ~Log();
  [[nodiscard]] std::string text() const;
  bool has(const std::string& part) const {
    return eventually([&] { return text().find(part) != std::string::npos; });
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

class HttpFixture {
 public:
  explicit HttpFixture(HttpHandler handler, HttpLimits http = {}, Limits limits = {}, int threads = 1,
                       std::shared_ptr<TlsServer> tls = nullptr);

  TestMetrics metrics;
  Reactor reactor;
  std::shared_ptr<Admission> admission;
  std::unique_ptr<Listener> listener;

  [[nodiscard]] std::string address() const { return listener->address(); }
  [[nodiscard]] RawClient client() const { return RawClient(address()); }
  /// One request on its own connection.
  std::string ask(std::string_view request, bool head_only = false) const;
};

/// Answers 200 with "method path?query" and the body.
void echo(HttpRequest request, HttpReply reply);

}  // namespace rostrum::net::test
