// Streams by name, doors, admission: the engine without its HTTP.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/engine.hpp>

#include "engine/gate.hpp"
#include "engine/stream_core.hpp"
#include "engine/system_clock.hpp"
#include "engine/viewers.hpp"
#include "net/http_server.hpp"
#include "net/listener.hpp"
#include "net/tls_server.hpp"
#include "registry/registry.hpp"

namespace rostrum::engine {

/// First path segments that the house answers itself.
bool reserved(std::string_view app);
/// [A-Za-z0-9._~-]{1,128}, not "." or "..": what a stream's app and name may be.
bool valid_name(std::string_view);

/// Thread-safe.
class Core {
 public:
  Core(Config, Hooks, MakeIsland);
  /// Ends everything: doors, streams, threads.
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  [[nodiscard]] Registry& registry() { return registry_; }
  [[nodiscard]] const Registry& registry() const { return registry_; }
  [[nodiscard]] MetricTable& metrics() { return metrics_; }
  [[nodiscard]] Gate& gate() { return gate_; }
  [[nodiscard]] Viewers& viewers() { return viewers_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] bool serving() const;  // every door is open and drain() has not begun

  Result<std::shared_ptr<StreamCore>> start(graph::Plan);
  /// Opens every door or none. `http` answers what comes through the house's own doors.
  Result<void> serve(graph::ServicePlan, net::HttpHandler http);
  void drain(Duration limit);
  std::vector<Error> reload_certificates();
  [[nodiscard]] std::shared_ptr<StreamCore> find(std::string_view name) const;
  [[nodiscard]] std::vector<std::shared_ptr<StreamCore>> streams() const;
  [[nodiscard]] Result<std::string> address(std::string_view door) const;

  /// The template for a publisher's name. Fails with Errc::not_found, Errc::bad_syntax (not a name).
  [[nodiscard]] Result<std::shared_ptr<const graph::Plan>> plan_for(const std::string& app, const std::string& name) const;
  struct Claim {
    std::shared_ptr<StreamCore> stream;
    std::uint64_t number;
  };
  /// Makes the claimant the publisher of the name, on `loop` where the stream is new. Fails with Errc::busy, Errc::limit.
  Result<Claim> claim(const std::string& name, std::shared_ptr<const graph::Plan>, net::Loop& loop, StreamCore::Claimant);
  /// The loop whose thread this is; any where it is none.
  [[nodiscard]] net::Loop& this_loop();

 private:
  struct Door {
    std::string name;
    std::string place;                     // in the service file
    std::unique_ptr<DoorContext> context;  // nullptr: http
    std::shared_ptr<net::TlsServer> tls;   // nullptr: plain
    std::unique_ptr<net::Listener> listener;
  };
  Result<Door> open(const graph::DoorPlan&, std::shared_ptr<net::Admission>, const std::shared_ptr<const net::HttpOrigin>& http);
  struct Made {
    std::shared_ptr<StreamCore> stream;
    std::shared_ptr<StreamCore> before;  // one that has ended and gives its place; dismiss it without the lock
  };
  Result<Made> make(const std::string& name, std::shared_ptr<const graph::Plan>, net::Loop&);  // under mutex_
  void replace(const Made&);
  void forget(const std::shared_ptr<StreamCore>&);
  void tick();
  std::vector<Error> reload_certificates(bool changed_only);

  const Config config_;
  Registry registry_;
  MetricTable metrics_;
  SystemClock clock_;
  House house_;
  ThreadPool works_;  // builds and stops islands
  ThreadPool hooks_;  // calls the host
  std::unique_ptr<net::Reactor> reactor_;
  Gate gate_;
  Viewers viewers_;

  mutable std::mutex mutex_;  // guards all below; no stream's code runs under it but claim() and over()
  std::map<std::string, std::shared_ptr<StreamCore>, std::less<>> streams_;
  std::vector<std::shared_ptr<const graph::Plan>> templates_;
  std::vector<Door> doors_;
  bool serving_ = false;  // templates stand, doors may open
  bool open_ = false;     // all of them have
  bool stopping_ = false;
  int ticks_ = 0;
  std::unique_ptr<net::Loop::Timer> timer_;
};

}  // namespace rostrum::engine
