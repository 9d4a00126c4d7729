// Log lines a person can read, with stream names and never a key or token.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace rostrum {

enum class Level : std::uint8_t { debug, info, warning, error };

/// One line: `area` is the folder that speaks ("rtmp", "llhls"), `stream` is "app/name" or "" where none is concerned.
/// Thread-safe.
void log(Level, std::string_view area, std::string_view stream, std::string_view text);

/// Where lines go; the default writes "2026-11-21 10:15:02.123 info  rtmp live/cam: ..." to standard error. Called under no lock
/// of rostrum's, possibly from several threads at once. An empty function restores the default.
using LogSink = std::function<void(Level, std::string_view area, std::string_view stream, std::string_view text)>;
void set_log_sink(LogSink);
/// Lines below it are not made. Default: info. Thread-safe.
void set_log_level(Level);
[[nodiscard]] bool log_enabled(Level) noexcept;

}  // namespace rostrum
