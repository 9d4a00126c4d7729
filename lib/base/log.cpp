#include <rostrum/log.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/core.h>

namespace rostrum {
namespace {

std::atomic<Level> lowest{Level::info};

struct SinkSlot {
  std::mutex mutex;
  std::shared_ptr<const LogSink> sink;  // guarded by mutex; empty = standard error
};
SinkSlot& slot() {
  static SinkSlot instance;
  return instance;
}

constexpr std::string_view word(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info ";
    case Level::warning:
      return "warn ";
    case Level::error:
      return "error";
  }
  return "error";
}

// One line is one write, so that lines of several threads do not mix. Control characters (C0 and, as UTF-8, C1) would let a
// client forge lines and command terminals.
void to_stderr(Level level, std::string_view area, std::string_view stream, std::string_view text) {
  const auto now = std::chrono::system_clock::now();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::string line =
      fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}Z {} {}{}{}: ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                  utc.tm_hour, utc.tm_min, utc.tm_sec, ms, word(level), area, stream.empty() ? "" : " ", stream);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xe0) == 0x80;
    line += byte < 0x20 || byte == 0x7f || c1 ? '?' : text[i];
    i += c1;
  }
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void log(Level level, std::string_view area, std::string_view stream, std::string_view text) {
  if (!log_enabled(level)) return;
  std::shared_ptr<const LogSink> sink;
  {
    std::lock_guard lock(slot().mutex);
    sink = slot().sink;
  }
  if (sink) return (*sink)(level, area, stream, text);
  to_stderr(level, area, stream, text);
}

void set_log_sink(LogSink sink) {
  auto shared = sink ? std::make_shared<const LogSink>(std::move(sink)) : nullptr;
  std::lock_guard lock(slot().mutex);
  slot().sink = std::move(shared);
}

void set_log_level(Level level) {
  lowest.store(level, std::memory_order_relaxed);
}
bool log_enabled(Level level) noexcept {
  return level >= lowest.load(std::memory_order_relaxed);
}

}  // namespace rostrum
