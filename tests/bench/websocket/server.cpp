// A WebSocket server for tests and measurements: `websocket_server [PORT [THREADS [CERTIFICATE KEY]]]` prints its address and
// runs until its input ends. With a certificate (PEM files) its door is what `https` is: wss, HTTP/2 for who asks for it.
//
//   /echo        sends back what it gets (up to 32 MiB a message)
//   /broadcast   sends what a member sends, and what is posted, to all members
//   GET /members how many are there
//   POST /broadcast   the body, as text, to all members
//   GET /metrics as "name value" lines
//   GET /        an empty page of this origin, for browsers
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <unistd.h>

#include "net/http_server.hpp"
#include "net/listener.hpp"
#include "net/tls_server.hpp"
#include "net/websocket_group.hpp"

namespace {

using namespace rostrum;
using namespace rostrum::net;

// Cells by name and labels.
class Board final : public Metrics {
 public:
  Counter& counter(std::string_view name, std::string_view, const Labels& labels) override {
    return cell(counters_, name, labels);
  }
  Gauge& gauge(std::string_view name, std::string_view, const Labels& labels) override { return cell(gauges_, name, labels); }
  std::string text() {
    std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [name, cell] : counters_) out += name + ' ' + std::to_string(cell.value()) + '\n';
    for (const auto& [name, cell] : gauges_) out += name + ' ' + std::to_string(static_cast<long>(cell.value())) + '\n';
    return out;
  }

 private:
  template <class Cell>
  Cell& cell(std::map<std::string, Cell>& cells, std::string_view name, const Labels& labels) {
    std::string key(name);
    for (const auto& [label, value] : labels) key += ',' + std::string(label) + '=' + std::string(value);
    std::lock_guard lock(mutex_);
    return cells[key];
  }
  std::mutex mutex_;  // guards both
  std::map<std::string, Counter> counters_;
  std::map<std::string, Gauge> gauges_;
};

class Echo final : public WebSocketHandler {
 public:
  explicit Echo(WebSocket& socket) : socket_(socket) {}
  void message(Opcode kind, Bytes payload) override {
    socket_.send(kind == Opcode::text ? WebSocketMessage::text(payload.text()) : WebSocketMessage::binary(payload));
  }

 private:
  WebSocket& socket_;
};

class Member final : public WebSocketHandler {
 public:
  Member(WebSocket& socket, WebSocketGroup& group) : group_(group), membership_(group.join(socket)) {}
  void message(Opcode kind, Bytes payload) override {
    group_.broadcast(kind == Opcode::text ? WebSocketMessage::text(payload.text()) : WebSocketMessage::binary(payload));
  }

 private:
  WebSocketGroup& group_;
  const std::unique_ptr<WebSocketGroup::Membership> membership_;
};

WebSocketOptions echo_options() {
  WebSocketOptions options;
  options.subprotocols = {"echo"};
  options.limits.in = {.frame_bytes = 32 << 20, .message_bytes = 32 << 20};
  options.limits.unsent_bytes = 32 << 20;
  return options;
}

struct House {
  Board metrics;
  WebSocketGroup group;
  WebSocketEndpoint echo{"echo", echo_options(), metrics};
  WebSocketEndpoint broadcast{"broadcast", {}, metrics};

  HttpResponse answer(const HttpRequest& request) {
    if (request.path == "/echo") return echo.accept(request, [](WebSocket& socket) { return std::make_unique<Echo>(socket); });
    if (request.path == "/members") return HttpResponse::text(200, "text/plain", std::to_string(group.size()) + "\n");
    if (request.path == "/metrics") return HttpResponse::text(200, "text/plain", metrics.text());
    if (request.path == "/") return HttpResponse::text(200, "text/html", "<!doctype html><title>WebSocket</title>");
    if (request.path != "/broadcast") return HttpResponse::problem(404, "Not Found", "there is nothing of that name");
    if (request.method == "POST") {
      group.broadcast(WebSocketMessage::text(request.body.text()));
      return HttpResponse::text(200, "text/plain", "sent\n");
    }
    return broadcast.accept(request, [this](WebSocket& socket) { return std::make_unique<Member>(socket, group); });
  }
};

}  // namespace

int main(int count, char** words) {
  const auto word = [&](int index, int otherwise) { return count > index ? std::atoi(words[index]) : otherwise; };
  House house;
  Reactor reactor(word(2, 1));
  Limits limits;
  limits.unsent_bytes = 64u << 20;
  const auto admission = make_admission(limits, house.metrics);
  const auto origin =
      make_origin([&](HttpRequest request, HttpReply reply) { reply(house.answer(request)); }, HttpLimits{}, house.metrics);
  std::shared_ptr<TlsServer> tls;
  if (count > 4) {
    auto made = TlsServer::create({.files = {words[3], words[4]}, .door = "https", .alpn = {"h2", "http/1.1"}}, house.metrics);
    if (!made) return std::fprintf(stderr, "%s\n", made.error().message().c_str()), 1;
    tls = std::move(*made);
  }
  const auto accept = [&](Connection& connection) { return make_http(connection, origin); };
  auto listener = listen(reactor, admission, "http", "127.0.0.1", static_cast<std::uint16_t>(word(1, 0)), accept, tls);
  if (!listener) return std::fprintf(stderr, "%s\n", listener.error().message().c_str()), 1;
  std::printf("%s\n", (*listener)->address().c_str());
  std::fflush(stdout);
  for (char byte = 0; read(STDIN_FILENO, &byte, 1) > 0;) {
  }
  (*listener)->drain(std::chrono::seconds(2));
  return 0;
}
