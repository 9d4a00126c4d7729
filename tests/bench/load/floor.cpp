// bench_floor BODY_BYTES: the least that a server can do, as the floor that ours is compared with: epoll, one thread, one buffer
// for everybody, no limits, no deadlines, no parser. Port 0 on loopback; prints the port.
//   GET /park       is answered when somebody asks GET /wake       GET /ws         becomes a WebSocket (RFC 6455)
//   GET /broadcast  sends each WebSocket BODY_BYTES of text        GET /anything   is answered with BODY_BYTES at once
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <cstring>
#include <string_view>

#include "loop.hpp"

namespace {

std::string accept_key(std::string_view request) {
  constexpr std::string_view name = "\r\nSec-WebSocket-Key: ";
  const auto at = request.find(name) + name.size();
  const std::string text = std::string(request.substr(at, request.find('\r', at) - at)) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH], out[32];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return {reinterpret_cast<char*>(out), static_cast<std::size_t>(EVP_EncodeBlock(out, digest, sizeof digest))};
}

void put(int fd, std::string_view bytes) {
  if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  load::raise_file_limit();
  const std::size_t size = argc > 1 ? static_cast<std::size_t>(std::atoi(argv[1])) : 2048;
  const std::string body(size, 'x');
  const std::string answer =
      "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + body;
  std::string frame("\x81", 1);  // text, final; lengths up to 125 in one byte, else 126 and two
  size < 126 ? frame += static_cast<char>(size)
             : (frame += '\x7e', frame += static_cast<char>(size >> 8), frame += static_cast<char>(size));
  frame += body;

  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
  sockaddr_in address{AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {}};
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(listener, SOMAXCONN) != 0) load::die("listen");
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  const auto watch = [&](int fd) {
    epoll_event event{EPOLLIN, {.fd = fd}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  };
  watch(listener);
  std::vector<int> parked, sockets;
  std::array<epoll_event, 512> events;
  std::array<char, 4096> input;
  for (;;) {
    const int count = epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        while ((fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0) watch(fd);
        continue;
      }
      const ssize_t got = recv(fd, input.data(), input.size(), 0);
      const std::string_view request(input.data(), static_cast<std::size_t>(std::max<ssize_t>(0, got)));
      if (got <= 0) {
        close(fd);
      } else if (request.starts_with("GET /park")) {
        parked.push_back(fd);
      } else if (request.starts_with("GET /ws")) {
        put(fd, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                    accept_key(request) + "\r\n\r\n");
        sockets.push_back(fd);
      } else if (request.starts_with("GET ")) {
        if (request.starts_with("GET /wake"))
          for (const int each : std::exchange(parked, {})) put(each, answer);
        if (request.starts_with("GET /broadcast"))
          for (const int each : sockets) put(each, frame);
        put(fd, answer);
      }
    }
  }
}
