// bench_parked PORT COUNT TARGET PID hold | wake ROUNDS [TRIGGER]
// COUNT connections, each with a reload of the playlist TARGET parked for its next whole segment; of a server without playlists,
// TARGET is asked for as it is. Prints "parked" once all requests are out.
//   hold  until standard input ends; that one is answered meanwhile is a failure
//   wake  ROUNDS times: waits until all are answered (TRIGGER: asks for that a second after the last was parked, which wakes
//         them), and prints "wake FIRST LAST CPU BYTES": nanoseconds of the first and the last answer, processor time that
//         process PID used for it
#include <poll.h>

#include <memory>

#include "http_client.hpp"

namespace {

constexpr std::int64_t sample_every = 5 * load::ms;
constexpr std::size_t before = 10;               // samples between the one that counts as before and the first answer
constexpr std::int64_t settle = 100 * load::ms;  // after the last answer
constexpr std::int64_t quiet = 500 * load::ms;   // a wake sooner than this after the requests would count their reading too

class Crowd {
 public:
  Crowd(load::Loop& loop, std::uint16_t port, int count, std::string target, pid_t pid)
      : loop_(loop),
        port_(port),
        target_(std::move(target)),
        pid_(pid),
        all_(static_cast<std::size_t>(count)),
        scout_(loop, port, [this](int status, std::string_view text, std::size_t) { found(status, text); }) {}

  void hold() {
    hold_ = true;
    begin();
  }
  void wake(int rounds, std::string trigger) {
    rounds_ = rounds;
    trigger_ = std::move(trigger);
    sample();
    begin();
  }
  [[nodiscard]] bool over() const { return !hold_ && rounds_ == 0; }

 private:
  [[nodiscard]] bool playlist() const { return target_.ends_with(".m3u8"); }

  void begin() {
    if (playlist()) {
      scout_.get(target_, true);
    } else {
      park();
    }
  }

  /// The newest whole segment of the playlist, or "woken" of a server without one.
  void found(int status, std::string_view text) {
    if (status != 200) load::die("the playlist");
    if (!playlist()) return;
    std::int64_t msn = 0;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      if (text.substr(at).starts_with("#EXT-X-MEDIA-SEQUENCE:"))
        std::from_chars(text.data() + at + 22, text.data() + text.size(), msn);
      if (text.substr(at).starts_with("#EXTINF:")) ++msn;
      if (text.find('\n', at) == text.npos) break;
    }
    msn_ = msn;
    park();
  }

  [[nodiscard]] std::string question() const { return playlist() ? target_ + "?_HLS_msn=" + std::to_string(msn_) : target_; }

  void park() {
    answered_ = bytes_ = 0;
    const std::string what = question();
    for (auto& client : all_) {  // a connection that asks nothing for long is closed, so each asks at once
      if (!client)
        client = std::make_unique<load::HttpClient>(
            loop_, port_, [this](int status, std::string_view, std::size_t bytes) { answered(status, bytes); });
      client->get(what, false);
    }
    std::puts("parked");
    parked_ = load::now();
    if (!trigger_.empty()) {
      loop_.at(load::now() + 2 * quiet, [this] {
        std::printf("end %lld\n", static_cast<long long>(load::now()));
        scout_.get(trigger_, true);
      });
    }
  }

  void answered(int status, std::size_t bytes) {
    if (status != 200 || hold_) load::die("a parked request was answered too early");
    const std::int64_t now = load::now();
    if (answered_++ == 0) {
      first_ = now;
      cpu_before_ = samples_[(sampled_ + samples_.size() - before) % samples_.size()];
    }
    bytes_ += bytes;
    if (answered_ < all_.size()) return;
    loop_.at(now + settle, [this, now] {
      if (first_ - parked_ > quiet) {
        std::printf("wake %lld %lld %lld %zu\n", static_cast<long long>(first_), static_cast<long long>(now),
                    static_cast<long long>(load::cpu_of(pid_) - cpu_before_), bytes_);
        --rounds_;
      }
      if (rounds_ > 0) begin();
    });
  }

  void sample() {
    samples_[sampled_ = (sampled_ + 1) % samples_.size()] = load::cpu_of(pid_);
    loop_.at(load::now() + sample_every, [this] { sample(); });
  }

  load::Loop& loop_;
  std::uint16_t port_;
  std::string target_, trigger_;
  pid_t pid_;
  bool hold_ = false;
  int rounds_ = 0;
  std::int64_t msn_ = 0, parked_ = 0, first_ = 0, cpu_before_ = 0;
  std::size_t answered_ = 0, bytes_ = 0, sampled_ = 0;
  std::array<std::int64_t, 32> samples_{};
  std::vector<std::unique_ptr<load::HttpClient>> all_;
  load::HttpClient scout_;
};

}  // namespace

int main(int argc, char** argv) {
  const bool hold = argc == 6 && std::string_view(argv[5]) == "hold";
  const bool wake = (argc == 7 || argc == 8) && std::string_view(argv[5]) == "wake";
  if (!hold && !wake) {
    std::fprintf(stderr, "usage: %s PORT COUNT TARGET PID hold | wake ROUNDS [TRIGGER]\n", argv[0]);
    return 2;
  }
  load::raise_file_limit();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  load::Loop loop;
  Crowd crowd(loop, static_cast<std::uint16_t>(std::atoi(argv[1])), std::atoi(argv[2]), argv[3],
              static_cast<pid_t>(std::atoi(argv[4])));
  hold ? crowd.hold() : crowd.wake(std::atoi(argv[6]), argc == 8 ? argv[7] : "");
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (!crowd.over() && poll(&input, 1, 0) == 0) loop.turn(load::now() + 100 * load::ms);
  return 0;
}
