// Viewers over HTTP: a session is a token in the playlist URLs and a time of the last request.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "engine/gate.hpp"

namespace rostrum::engine {

/// Only where the host is asked; thread-safe.
class Viewers {
 public:
  static constexpr Duration idle_limit = std::chrono::seconds(30);
  static constexpr std::size_t most = 200'000;

  explicit Viewers(Gate& gate) : gate_(gate) {}
  /// The admitted request becomes a session. Its token is unguessable. Fails with Errc::limit.
  Result<std::string> open(const AdmitRequest&, Duration now);
  /// A request of the session came. False: there is no such session on this stream.
  bool touch(const std::string& token, std::string_view stream, Duration now);
  /// Closes those that have been silent for too long.
  void sweep(Duration now);
  void close_stream(std::string_view stream, const std::string& why);
  void close_all(const std::string& why);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Viewer {
    std::uint64_t session;
    std::string stream;
    Duration seen;
  };
  template <class Gone>
  void close_where(Gone, const std::string& why);
  Gate& gate_;
  mutable std::mutex mutex_;  // guards all below
  std::unordered_map<std::string, Viewer> viewers_;
};

}  // namespace rostrum::engine
