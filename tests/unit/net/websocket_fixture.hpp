// A server with WebSockets that echo, and what happened to them.
#pragma once

#include <doctest/doctest.h>

#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "net/websocket.hpp"
#include "parked.hpp"
#include "websocket_client.hpp"

namespace rostrum::net::test {

// What happened to a socket, as lines.
class Journal {
 public:
  void add(const std::string& line) {
    std::lock_guard lock(mutex_);
    text_ += line + '\n';
  }
  bool has(const std::string& line) {
    return eventually([&] { return text().find(line + '\n') != std::string::npos; });
  }
  std::string text() {
    std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

inline std::string told(const WebSocketEnd& end) {
  return "closed " + std::to_string(static_cast<int>(end.code)) + (end.clean ? " clean" : " unclean") +
         (end.reason.empty() ? "" : " ") + end.reason;
}

// Echoes; some words have a meaning.
class Echo final : public WebSocketHandler {
 public:
  Echo(WebSocket& socket, Journal& journal) : socket_(socket), journal_(journal) { journal_.add("open " + socket.subprotocol()); }
  void message(Opcode kind, Bytes payload) override {
    const std::string_view word = payload.text();
    if (word == "close") return socket_.close(CloseCode::normal, "as you wish");
    if (word == "throw") throw std::runtime_error("thrown by a handler");
    if (word == "pause") return socket_.pause_reading(true);
    if (word.starts_with("flood ")) {
      const auto message = WebSocketMessage::binary(as_view(std::string(64 << 10, 'x')));
      for (int left = std::stoi(std::string(word.substr(6))); left > 0; --left) socket_.send(message);
      return socket_.send(WebSocketMessage::text("flooded"));
    }
    socket_.send(kind == Opcode::text ? WebSocketMessage::text(word) : WebSocketMessage::binary(payload));
  }
  void caught_up(std::size_t missed) override { socket_.send(WebSocketMessage::text("missed " + std::to_string(missed))); }
  void closed(const WebSocketEnd& end) override { journal_.add(told(end)); }

 private:
  WebSocket& socket_;
  Journal& journal_;
};

// /ws echoes; /later answers from another thread; anything else is ordinary HTTP.
struct Server {
  explicit Server(WebSocketOptions options = {}, Limits limits = {})
      : endpoint("test", std::move(options), metrics),
        http(
            [this](HttpRequest request, HttpReply reply) {
              if (request.path == "/none") return reply(endpoint.accept(request, [](WebSocket&) { return nullptr; }));
              if (request.path != "/ws" && request.path != "/later") return echo(std::move(request), std::move(reply));
              auto answer =
                  endpoint.accept(request, [this](WebSocket& socket) { return std::make_unique<Echo>(socket, journal); });
              if (request.path == "/ws") return reply(std::move(answer));
              std::lock_guard lock(mutex);
              parked.emplace_back(std::move(reply), std::move(answer));
            },
            {}, std::move(limits)) {}

  void answer_parked() {
    REQUIRE(eventually([this] {
      std::lock_guard lock(mutex);
      return !parked.empty();
    }));
    std::lock_guard lock(mutex);
    for (auto& [reply, answer] : parked) reply(std::move(answer));
    parked.clear();
  }
  std::string address() { return http.address(); }
  std::uint64_t ended(const std::string& how) {
    return metrics.count("rostrum_websocket_closed_total{endpoint=test,how=" + how + "}");
  }
  /// The answer to a handshake with that header replaced, or left out where `to` is empty.
  std::string refused(const std::string& from, const std::string& to) {
    std::string request = upgrade_request();
    const auto at = request.find(from);
    REQUIRE(at != request.npos);
    request.replace(at, request.find("\r\n", at) + 2 - at, to);
    return http.ask(request);
  }

  TestMetrics metrics;
  Journal journal;
  WebSocketEndpoint endpoint;
  std::mutex mutex;  // guards parked
  std::vector<std::pair<HttpReply, HttpResponse>> parked;
  HttpFixture http;
};

inline WebSocketOptions within(WebSocketLimits limits) {
  WebSocketOptions options;
  options.limits = limits;
  return options;
}

}  // namespace rostrum::net::test
