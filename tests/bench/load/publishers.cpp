// bench_publishers PORT COUNT FILE.flv APP PREFIX SECONDS: COUNT RTMP publishers on APP/PREFIX0, APP/PREFIX1, ... that send the
// file again and again at the pace of the clock, spread evenly over two seconds. SECONDS of media, or until standard input ends.
// Prints "publishing" once all are admitted, "end NANOSECONDS" before the first of them sends a keyframe, which is what tells a
// server that a segment is whole, and at the end how late the latest message was.
#include <poll.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>

#include "loop.hpp"

namespace {

constexpr std::size_t chunk_size = 4096;  // ffmpeg's and OBS's
constexpr std::int64_t spread = 2 * load::second;

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

/// RTMP 1.0, 5.3: format 0, then 3. The timestamp is at byte 1.
std::string message(int chunk_stream, int type, std::uint32_t stream, std::string_view payload, std::size_t chunk) {
  std::string out(1, static_cast<char>(chunk_stream));
  put(out, 0, 3);
  put(out, static_cast<std::uint32_t>(payload.size()), 3);
  out += static_cast<char>(type);
  out += static_cast<char>(stream);
  out.append(3, '\0');
  for (std::size_t at = 0; at < payload.size(); at += chunk) {
    if (at > 0) out += static_cast<char>(0xc0 | chunk_stream);
    out += payload.substr(at, chunk);
  }
  return out;
}

std::string amf(std::string_view text) {
  std::string out("\x02");
  put(out, static_cast<std::uint32_t>(text.size()), 2);
  return out.append(text);
}
std::string amf(int number) {  // small and whole: 1.0 to 15.0 as IEEE 754
  const double value = number;
  std::uint64_t bits = 0;
  static_assert(sizeof bits == sizeof value);
  std::copy_n(reinterpret_cast<const char*>(&value), sizeof value, reinterpret_cast<char*>(&bits));
  std::string out(1, '\0');
  put(out, static_cast<std::uint32_t>(bits >> 32), 4);
  put(out, static_cast<std::uint32_t>(bits), 4);
  return out;
}
std::string property(std::string_view name, const std::string& value) {
  return amf(name).substr(1) + value;
}

struct Tag {
  std::int64_t at;   // ms
  std::string wire;  // as a message, timestamp 0
  bool keyframe;
};

struct Film {
  std::vector<Tag> tags;
  std::size_t begin = 0;    // behind metadata and configurations: where a repetition starts
  std::int64_t length = 0;  // ms
};

std::uint32_t big(const std::string& data, std::size_t at, int bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(data[at + static_cast<std::size_t>(i)]);
  return value;
}

Film read_flv(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string data{std::istreambuf_iterator<char>(file), {}};
  if (data.size() < 13 || data.compare(0, 3, "FLV") != 0) load::die(path);
  constexpr int audio = 8, video = 9;
  Film film;
  std::vector<std::int64_t> pictures;
  for (std::size_t at = 13; at + 11 <= data.size();) {
    const int type = data[at] & 31;
    const std::uint32_t size = big(data, at + 1, 3);
    const std::int64_t time = big(data, at + 4, 3) | big(data, at + 7, 1) << 24;
    const std::string payload = data.substr(at + 11, size);
    at += 11 + size + 4;
    const bool config = type != audio && type != video ? true : payload.size() > 1 && payload[1] == 0;
    const bool keyframe = type == video && !config && (payload[0] & 0xf0) == 0x10;
    const bool metadata = type != audio && type != video;
    if (type == video && !config) pictures.push_back(time);
    film.tags.push_back({time,
                         message(type == audio ? 4 : 6, type, 1, metadata ? amf("@setDataFrame") + payload : payload, chunk_size),
                         keyframe});
    if (config && film.begin == film.tags.size() - 1) ++film.begin;
  }
  if (pictures.size() < 2) load::die("no video in the file");
  const std::int64_t shown = pictures.back() - pictures.front();
  film.length = shown + shown / static_cast<std::int64_t>(pictures.size() - 1);
  std::stable_sort(film.tags.begin() + static_cast<std::ptrdiff_t>(film.begin), film.tags.end(),
                   [](const Tag& a, const Tag& b) { return a.at < b.at; });
  return film;
}

class Publisher : private load::Loop::Waiter {
 public:
  Publisher(load::Loop& loop, std::uint16_t port, const std::string& app, const std::string& name, int index, Film& film)
      : loop_(loop), film_(film), index_(index), fd_(load::connect_to(port)) {
    greet(port, app, name);
    load::unblock(fd_);
    loop.add(fd_, *this);
  }

  void start(std::int64_t begin, std::int64_t end) {
    begin_ = begin;
    end_ = end;
    plan();
  }
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::int64_t latest() const { return latest_; }

 private:
  // Blocking. The commands go out together: what the server answers is only read for its last word.
  void greet(std::uint16_t port, const std::string& app, const std::string& name) {
    std::string hello("\x03");
    hello.append(1536, '\0');
    write_all(hello);
    const std::string answer = read(1 + 1536);
    write_all(answer.substr(1));
    static_cast<void>(read(1536));
    std::string size;
    put(size, chunk_size, 4);
    const std::string url = "rtmp://127.0.0.1:" + std::to_string(port) + "/" + app;
    const std::string null("\x05"), end("\0\0\x09", 3);
    write_all(message(2, 1, 0, size, chunk_size) +
              message(3, 20, 0,
                      amf("connect") + amf(1) + "\x03" + property("app", amf(app)) + property("type", amf("nonprivate")) +
                          property("tcUrl", amf(url)) + end,
                      chunk_size) +
              message(3, 20, 0, amf("createStream") + amf(2) + null, chunk_size) +
              message(3, 20, 1, amf("publish") + amf(3) + null + amf(name) + amf("live"), chunk_size));
    std::string heard;
    while (heard.find("NetStream.Publish.Start") == std::string::npos) {
      if (heard.find("error") != std::string::npos) load::die("refused: " + name);
      heard += read(1);
    }
  }

  void write_all(const std::string& bytes) const {
    if (send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) load::die("send");
  }
  [[nodiscard]] std::string read(std::size_t count) const {
    std::string bytes(count, '\0');
    if (recv(fd_, bytes.data(), count, MSG_WAITALL) != static_cast<ssize_t>(count)) load::die("the server closed the connection");
    return bytes;
  }

  void plan() {
    const Tag& tag = film_.tags[next_];
    loop_.at(begin_ + (passed_ + tag.at) * load::ms, [this] { send_due(); });
  }

  void send_due() {
    Tag& tag = film_.tags[next_];
    const std::int64_t time = passed_ + tag.at;
    latest_ = std::max(latest_, load::now() - (begin_ + time * load::ms));
    for (int i = 0; i < 3; ++i) tag.wire[static_cast<std::size_t>(1 + i)] = static_cast<char>(time >> (16 - 8 * i) & 0xff);
    if (tag.keyframe && index_ == 0) std::printf("end %lld\n", static_cast<long long>(load::now()));
    push(tag.wire);
    if (++next_ == film_.tags.size()) next_ = film_.begin, passed_ += film_.length;
    if (begin_ + (passed_ + film_.tags[next_].at) * load::ms >= end_) {
      done_ = true;
      return;
    }
    plan();
  }

  void push(const std::string& bytes) {
    if (!unsent_.empty()) {
      unsent_ += bytes;
      if (unsent_.size() > (8u << 20)) load::die("the server takes too little");
    }
    const std::string_view all = unsent_.empty() ? std::string_view(bytes) : std::string_view(unsent_);
    const ssize_t sent = send(fd_, all.data(), all.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) load::die("send");
    unsent_ = std::string(all.substr(static_cast<std::size_t>(std::max<ssize_t>(0, sent))));
  }

  void readable() override {  // acknowledgements
    const ssize_t count = recv(fd_, nullptr, 1 << 20, MSG_TRUNC);
    if (count == 0) load::die("the server closed a publisher's connection");
  }

  load::Loop& loop_;
  Film& film_;
  int index_;
  int fd_;
  std::string unsent_;
  std::size_t next_ = 0;
  std::int64_t begin_ = 0, end_ = 0;  // ns
  std::int64_t passed_ = 0;           // ms of whole repetitions
  std::int64_t latest_ = 0;
  bool done_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: %s PORT COUNT FILE.flv APP PREFIX SECONDS\n", argv[0]);
    return 2;
  }
  load::raise_file_limit();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const int count = std::atoi(argv[2]);
  Film film = read_flv(argv[3]);
  load::Loop loop;
  std::vector<std::unique_ptr<Publisher>> publishers;
  for (int i = 0; i < count; ++i)
    publishers.push_back(std::make_unique<Publisher>(loop, port, argv[4], argv[5] + std::to_string(i), i, film));
  std::puts("publishing");
  const std::int64_t begin = load::now(), end = begin + std::atoll(argv[6]) * load::second;
  for (int i = 0; i < count; ++i) publishers[static_cast<std::size_t>(i)]->start(begin + spread * i / count, end);
  pollfd input{STDIN_FILENO, POLLIN, 0};
  const auto all_done = [&] {
    return std::all_of(publishers.begin(), publishers.end(), [](const auto& p) { return p->done(); });
  };
  while (!all_done() && poll(&input, 1, 0) == 0) loop.turn(load::now() + 100 * load::ms);
  std::int64_t latest = 0;
  for (const auto& publisher : publishers) latest = std::max(latest, publisher->latest());
  std::printf("latest %.1f ms\n", static_cast<double>(latest) / load::ms);
  return 0;
}
