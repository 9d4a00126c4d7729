// The engine: graphs in, running streams out; doors for publishers and viewers; hooks to the host.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/auth.hpp>
#include <rostrum/error.hpp>
#include <rostrum/graph.hpp>
#include <rostrum/http.hpp>
#include <rostrum/timeline.hpp>

namespace rostrum {

enum class StreamState : std::uint8_t { idle, starting, live, draining, failed, ended };
/// "idle", "starting", "live", "draining", "failed", "ended".
std::string_view name_of(StreamState) noexcept;

struct StreamInfo {
  std::string name;  // "live/cam"
  StreamState state = StreamState::idle;
  std::string error;      // failed: why
  std::string publisher;  // protocol and address of who publishes; empty while nobody does
  std::vector<std::string> renditions;
  std::uint64_t frames_in = 0;
  Duration uptime{};
};

/// A handle to a running stream. Copying shares; dropping does not stop. Thread-safe.
class Stream {
 public:
  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] StreamInfo info() const;
  /// Changes a parameter of a running node. Fails with Errc::bad_param (no such node or parameter, bad value) or
  /// Errc::unsupported where the node cannot change it while it runs.
  Result<void> set(std::string_view node, std::string_view parameter, std::string_view value);
  [[nodiscard]] const Timeline& timeline() const;
  /// Graphviz text of what really runs, elements included.
  [[nodiscard]] std::string dot() const;
  /// EOS through every node, ENDLIST in playlists, then gone. Returns after at most 5 s. Idempotent.
  void stop();
  /// Waits until the stream has ended or failed; false after `limit`.
  bool wait(Duration limit) const;

  struct Impl;
  explicit Stream(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<Impl> impl_;
};

struct Hooks {
  std::shared_ptr<AuthHooks> auth;  // nullptr: AuthHooks' own defaults
};

struct Config {
  int threads = 0;  // network threads; 0 = one a core
  std::vector<std::filesystem::path> plugins;
  Duration hook_deadline = std::chrono::seconds(5);
  std::size_t max_connections = 0;  // 0 = as many as the file limit allows, less a reserve
  std::size_t max_streams = 1000;
  std::string bind;  // takes the place of every door's address, the ports stay; empty = as written
};

/// Owns threads, doors and streams; destroying it stops all of them. Several engines may live in one process. Thread-safe;
/// host code never runs under its lock.
class Engine {
 public:
  /// Initialises GStreamer if the host has not. Fails where a plugin of `Config` does not load.
  static Result<Engine> create(Config = {}, Hooks = {});
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  /// Registers the kinds and doors of a shared object. Fails with Errc::io, Errc::version (names both), Errc::busy (a kind's name
  /// is taken).
  Result<void> load_plugin(const std::filesystem::path&);
  /// All that is wrong, warnings too, in the order of the text; nothing is started. Empty = fine.
  /// A service file's plugins are loaded first, and stay.
  [[nodiscard]] std::vector<Error> check(const Graph&) const;
  [[nodiscard]] std::vector<Error> check(const Service&) const;
  /// Names of all kinds that graphs may use, sorted.
  [[nodiscard]] std::vector<std::string> kinds() const;
  /// All kinds and doors with one line each, as text for a terminal of 80 columns.
  [[nodiscard]] std::string inspect() const;
  /// One kind in full: ports, parameters with units, defaults and ranges. Fails with Errc::unknown_kind and the nearest name.
  [[nodiscard]] Result<std::string> inspect(std::string_view kind) const;
  /// The reference of all kinds and doors as Markdown (docs/graph-reference.md).
  [[nodiscard]] std::string reference() const;
  /// The JSON Schema (2020-12) of graph and service files, for editors.
  [[nodiscard]] std::string schema() const;
  /// One stream, now. Fails with the first finding of `check`, Errc::busy where the name runs.
  Result<Stream> start(const Graph&);
  /// Opens the doors and lets streams come and go with their publishers. Fails as a whole: no door stays open then.
  Result<void> serve(const Service&);
  /// Reads the certificates and keys of all doors again, for the connections that come from now on, and says what is wrong with
  /// them; a door whose new files are broken keeps the old ones. Changed files are read within 15 s without this.
  std::vector<Error> reload_certificates();
  /// Closes doors, ends streams (ENDLIST), gives viewers up to `limit` to fetch what they wait for.
  void drain(Duration limit);
  [[nodiscard]] std::vector<Stream> streams() const;
  [[nodiscard]] Result<Stream> stream(std::string_view name) const;
  /// The bound address of a door ("127.0.0.1:41233"), for `bind: "127.0.0.1:0"`.
  [[nodiscard]] Result<std::string> address(std::string_view door) const;
  /// Everything over HTTP, behind the host's own server: the same answers as the http door's. `reply` may be called on any
  /// thread.
  void handle(HttpRequest, HttpReply reply);
  /// /{path} answered with fixed bytes (the page of the bundled server). Before `serve`.
  void add_page(std::string path, std::string content_type, Bytes body);

  struct Impl;

 private:
  explicit Engine(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rostrum
