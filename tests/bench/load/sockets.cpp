// bench_sockets PORT COUNT PATH PID ROUNDS BYTES [TRIGGER]: COUNT WebSockets on PATH (RFC 6455), then ROUNDS broadcasts of BYTES
// of text: the first socket sends it (TRIGGER: a GET of that does), and each of them is to receive it. Prints "connected
// NANOSECONDS CPU" for all handshakes together, then for each round "cast FIRST LAST CPU": nanoseconds from the sending to the
// first and the last socket that has it, and processor time that process PID used for it.
#include <cerrno>
#include <memory>
#include <string_view>

#include "http_client.hpp"

namespace {

constexpr std::int64_t settle = 100 * load::ms;  // before and after a broadcast

class Crowd;

class Socket : private load::Loop::Waiter {
 public:
  Socket(load::Loop& loop, std::uint16_t port, const std::string& path, Crowd& crowd)
      : crowd_(crowd), fd_(load::connect_to(port)) {
    const std::string request = "GET " + path +
                                " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    if (send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) load::die("send");
    load::unblock(fd_);
    loop.add(fd_, *this);
  }
  /// Masked with zeros: a client's frames are masked, with what is its own affair (RFC 6455 5.3).
  void say(std::size_t bytes) const {
    std::string frame("\x81", 1);
    bytes < 126 ? frame += static_cast<char>(0x80 | bytes)
                : (frame += '\xfe', frame += static_cast<char>(bytes >> 8), frame += static_cast<char>(bytes));
    frame.append(4, '\0').append(bytes, 'x');
    if (send(fd_, frame.data(), frame.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(frame.size())) load::die("send");
  }

 private:
  void readable() override;

  Crowd& crowd_;
  int fd_;
  bool open_ = false;
  std::string input_;
};

class Crowd {
 public:
  Crowd(load::Loop& loop, char** argv)
      : loop_(loop),
        pid_(std::atoi(argv[4])),
        count_(static_cast<std::size_t>(std::atoi(argv[2]))),
        rounds_(std::atoi(argv[5])),
        bytes_(static_cast<std::size_t>(std::atoi(argv[6]))),
        trigger_(argv[7] ? argv[7] : ""),
        begun_(load::now()),
        cpu_(load::cpu_of(pid_)),
        asker_(loop, static_cast<std::uint16_t>(std::atoi(argv[1])), [](int, std::string_view, std::size_t) {}) {
    while (sockets_.size() < count_) {
      sockets_.push_back(std::make_unique<Socket>(loop, static_cast<std::uint16_t>(std::atoi(argv[1])), argv[3], *this));
      if (sockets_.size() % 256 == 0) loop.turn(load::now());
    }
  }

  void opened() {
    if (++open_ < count_) return;
    std::printf("connected %lld %lld\n", static_cast<long long>(load::now() - begun_),
                static_cast<long long>(load::cpu_of(pid_) - cpu_));
    next();
  }

  void received() {
    if (received_++ == 0) first_ = load::now();
    if (received_ < count_) return;
    const std::int64_t last = load::now();
    loop_.at(last + settle, [this, last] {
      std::printf("cast %lld %lld %lld\n", static_cast<long long>(first_ - begun_), static_cast<long long>(last - begun_),
                  static_cast<long long>(load::cpu_of(pid_) - cpu_));
      --rounds_;
      if (!over()) next();
    });
  }
  [[nodiscard]] bool over() const { return rounds_ == 0; }
  [[nodiscard]] std::size_t frame_bytes() const { return bytes_ + (bytes_ < 126 ? 2 : 4); }

 private:
  void next() {
    loop_.at(load::now() + settle, [this] {
      received_ = 0;
      cpu_ = load::cpu_of(pid_);
      begun_ = load::now();
      trigger_.empty() ? sockets_.front()->say(bytes_) : asker_.get(trigger_, false);
    });
  }

  load::Loop& loop_;
  pid_t pid_;
  std::size_t count_;
  int rounds_;
  std::size_t bytes_;
  std::string trigger_;
  std::int64_t begun_, cpu_, first_ = 0;
  std::size_t open_ = 0, received_ = 0;
  std::vector<std::unique_ptr<Socket>> sockets_;
  load::HttpClient asker_;
};

void Socket::readable() {
  static std::array<char, 64 << 10> scratch;
  const ssize_t count = recv(fd_, scratch.data(), scratch.size(), 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) load::die("a WebSocket was closed");
  input_.append(scratch.data(), static_cast<std::size_t>(count));
  if (!open_) {
    const auto end = input_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    if (!input_.starts_with("HTTP/1.1 101")) load::die("no WebSocket there");
    input_.erase(0, end + 4);
    open_ = true;
    crowd_.opened();
  }
  while (input_.size() >= 2) {  // a ping is not answered: no broadcast bench lasts until it is missed
    const auto length = static_cast<unsigned char>(input_[1]);
    const std::size_t whole = length < 126 ? 2u + length
                              : input_.size() < 4
                                  ? input_.size() + 1
                                  : 4u + (static_cast<unsigned char>(input_[2]) << 8 | static_cast<unsigned char>(input_[3]));
    if (input_.size() < whole) return;
    const bool text = (input_[0] & 15) == 1;
    input_.erase(0, whole);
    if (text && whole == crowd_.frame_bytes()) crowd_.received();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7 && argc != 8) {
    std::fprintf(stderr, "usage: %s PORT COUNT PATH PID ROUNDS BYTES [TRIGGER]\n", argv[0]);
    return 2;
  }
  load::raise_file_limit();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  load::Loop loop;
  Crowd crowd(loop, argv);
  while (!crowd.over()) loop.turn(load::now() + 100 * load::ms);
  return 0;
}
