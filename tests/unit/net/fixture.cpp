#include "fixture.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "net/cidr.hpp"

namespace rostrum::net::test {

RawClient::RawClient(const std::string& address, int receive_buffer) {
  const auto colon = address.rfind(':');
  const auto ip = parse_address(address.substr(0, colon));
  REQUIRE(ip);
  const auto port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (ip->v4()) {
    auto& to = reinterpret_cast<sockaddr_in&>(storage);
    to.sin_family = AF_INET;
    to.sin_port = port;
    std::memcpy(&to.sin_addr, ip->bytes.data() + 12, 4);
    size = sizeof to;
  } else {
    auto& to = reinterpret_cast<sockaddr_in6&>(storage);
    to.sin6_family = AF_INET6;
    to.sin6_port = port;
    std::memcpy(&to.sin6_addr, ip->bytes.data(), 16);
    size = sizeof to;
  }
  socket_ = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(socket_ >= 0);
  if (receive_buffer > 0) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&storage), size) != 0) {
    ::close(socket_);
    socket_ = -1;
  }
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

void RawClient::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server closed: what it answered says why
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t RawClient::try_send(std::string_view text) {
  pollfd wanted{socket_, POLLOUT, 0};
  if (::poll(&wanted, 1, 200) != 1) return 0;
  const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

void RawClient::finish() {
  ::shutdown(socket_, SHUT_WR);
}

void RawClient::reset() {
  const linger now{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(socket_, -1));
}

bool RawClient::more() {
  pollfd wanted{socket_, POLLIN, 0};
  const int ready = ::poll(&wanted, 1, static_cast<int>(std::chrono::milliseconds(patience).count()));
  REQUIRE_MESSAGE(ready == 1, "the server said nothing; so far: ", buffer_.substr(0, 200));
  char block[65536];
  const ssize_t got = ::recv(socket_, block, sizeof block, 0);
  if (got <= 0) return false;
  buffer_.append(block, static_cast<std::size_t>(got));
  return true;
}

std::string TextClient::until(std::string_view mark) {
  std::size_t at = 0;
  while ((at = buffer_.find(mark)) == std::string::npos) {
    if (!more()) return std::exchange(buffer_, {});
  }
  std::string out = buffer_.substr(0, at + mark.size());
  buffer_.erase(0, out.size());
  return out;
}

std::string TextClient::exactly(std::size_t count) {
  while (buffer_.size() < count && more()) {
  }
  std::string out = buffer_.substr(0, count);
  buffer_.erase(0, out.size());
  return out;
}

std::string TextClient::answer(bool head_only) {
  std::string head = until("\r\n\r\n");
  const auto at = head.find("\r\nContent-Length: ");
  if (head_only || at == std::string::npos) return head;
  return head + exactly(std::stoul(head.substr(at + 18)));
}

std::string TextClient::rest() {
  while (more()) {
  }
  return std::exchange(buffer_, {});
}

bool TextClient::ended() {
  rest();
  return true;
}

std::string RawClient::some() {
  if (buffer_.empty()) more();
  return std::exchange(buffer_, {});
}

bool RawClient::silent() {
  pollfd wanted{socket_, POLLIN, 0};
  return buffer_.empty() && ::poll(&wanted, 1, 0) == 0;
}

bool eventually(const std::function<bool()>& f) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!f()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

Log::Log() {
  set_log_sink([this](Level, std::string_view area, std::string_view, std::string_view text) {
    std::lock_guard lock(mutex_);
    text_ += std::string(area) + ": " + std::string(text) + '\n';
  });
}
Log::~Log() {
  set_log_sink([](Level, std::string_view, std::string_view, std::string_view) {});
}
std::string Log::text() const {
  std::lock_guard lock(mutex_);
  return text_;
}

HttpFixture::HttpFixture(HttpHandler handler, HttpLimits http, Limits limits, int threads, std::shared_ptr<TlsServer> tls)
    : reactor(threads), admission(make_admission(std::move(limits), metrics)) {
  const auto origin = make_origin(std::move(handler), http, metrics);
  auto made = listen(
      reactor, admission, "http", "127.0.0.1", 0, [origin](Connection& connection) { return make_http(connection, origin); },
      std::move(tls));
  REQUIRE_MESSAGE(made, made.error().message());
  listener = *std::move(made);
}

std::string HttpFixture::ask(std::string_view request, bool head_only) const {
  auto one = client();
  one.send(request);
  return one.answer(head_only);
}

void echo(HttpRequest request, HttpReply reply) {
  std::string text = request.method + ' ' + request.path + '?' + request.query + '\n' + std::string(request.body.text());
  reply(HttpResponse::text(200, "text/plain", std::move(text)));
}

}  // namespace rostrum::net::test
