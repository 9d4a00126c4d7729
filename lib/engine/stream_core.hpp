// One running stream: its publisher, its graph, its end.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <rostrum/door.hpp>
#include <rostrum/engine.hpp>

#include "engine/flow.hpp"
#include "engine/normaliser.hpp"
#include "engine/timeline_estimator.hpp"

namespace rostrum::engine {

/// All of its media state lives on its strand's thread. Methods say where else they may be called.
///
/// starting -> live (the graph runs) -> idle (nobody publishes; it lingers) -> live ... -> draining -> ended, or failed.
/// An ended or failed stream answers its viewers for a while, then calls Setup::gone.
class StreamCore : public std::enable_shared_from_this<StreamCore> {
 public:
  struct Setup {
    std::string name;  // "live/cam"
    std::shared_ptr<const graph::Plan> plan;
    const House& house;
    std::shared_ptr<Strand> strand;
    std::function<void(const std::shared_ptr<StreamCore>&)> gone;  // on the stream's thread, once
  };
  explicit StreamCore(Setup);
  ~StreamCore();

  // --- any thread
  [[nodiscard]] const std::string& name() const { return setup_.name; }
  [[nodiscard]] StreamInfo info() const;
  [[nodiscard]] StreamState state() const;
  [[nodiscard]] bool over() const;  // draining, ended or failed: its name is free for a new stream
  [[nodiscard]] const Timeline& timeline() const { return timeline_; }
  [[nodiscard]] bool wait(Duration limit) const;
  [[nodiscard]] Result<void> set(std::string_view node, std::string_view parameter, std::string_view value);
  [[nodiscard]] std::string dot();
  /// Begins the end: EOS, ENDLIST. Returns at once; idempotent.
  void stop(std::string why);
  /// Lets go of everything, viewers too. Returns at once.
  void dismiss();
  /// Waits until dismiss() is through, at most `limit`; nothing of the stream runs after that. Not on a network thread.
  void dismissed(Duration limit);
  /// The route that a path below the stream matches; nullptr: none.
  [[nodiscard]] const RouteInfo* route(std::string_view rest) const;
  /// Answers through the node that has that route of ours. A starting stream keeps the request for up to 5 s.
  void handle(const RouteInfo&, const HttpRequest&, std::string_view rest, HttpReply);
  /// A graph with sources of its own begins.
  void start();

  // --- publishers; any thread
  struct Claimant {
    std::string who;  // "rtmp 127.0.0.1"
    Duration quantum;
    std::function<void(std::string_view why)> kicked;  // any thread
  };
  /// Makes the claimant the publisher. The number goes with all it sends. Fails with Errc::busy where there is one and the graph
  /// says no to takeover, or where the graph has sources of its own alone, Errc::closed where the stream is over.
  [[nodiscard]] Result<std::uint64_t> claim(Claimant);
  void announce(std::uint64_t claim, bool video, bool audio, Rational frame_rate);
  void frame(std::uint64_t claim, Frame);
  void release(std::uint64_t claim, std::string why);

 private:
  struct Parked {
    std::uint64_t id;
    const RouteInfo* route;
    HttpRequest request;
    std::string rest;
    HttpReply reply;
  };
  struct Route {
    const RouteInfo* info;
    std::shared_ptr<SinkNode> node;
  };
  // Stream thread only.
  void begin_publication(std::uint64_t claim, Duration quantum);
  void take(Frame, Duration at, UtcTime utc);
  void settle_tracks();
  bool make_flow();
  void end_publication(const std::string& why);
  void finish_publication();
  void end(StreamState last, const std::string& why);
  void ended(StreamState last);
  // Any thread.
  template <class T>
  Result<T> ask(std::function<Result<T>()>);
  void become(StreamState, std::string error = {});
  void kick(std::string_view why);
  void unpark();

  Setup setup_;
  Duration linger_{};
  bool takeover_ = false;
  bool publishable_ = false;  // the graph has a publisher node
  Counter& frames_in_;
  Counter& bytes_in_;
  Counter& early_;
  TimelineEstimator timeline_;
  std::atomic<std::uint64_t> frames_{0};

  // Stream thread only.
  Normaliser normaliser_;
  std::unique_ptr<Flow> flow_;
  std::optional<Sequencer> sequencer_;
  std::uint64_t publication_ = 0;  // the claim whose frames are taken; 0: nobody publishes
  std::uint64_t epoch_ = 0;        // rises with every publication and its end: timers of an older one do nothing
  bool settled_ = false;           // the publication's tracks are known, frames flow
  bool announced_ = false;
  bool wants_video_ = false, wants_audio_ = false;
  bool seen_video_ = false, seen_audio_ = false;
  Duration reorder_{};  // pts - dts of the last keyframe
  Duration video_at_{};
  std::vector<FramePtr> early_frames_;
  bool closing_ = false;
  bool dismissed_ = false;

  mutable std::mutex mutex_;  // guards all below
  mutable std::condition_variable changed_;
  StreamState state_ = StreamState::starting;
  std::string error_;
  std::uint64_t claims_ = 0;
  std::optional<Claimant> claimant_;
  std::vector<std::string> offers_;
  std::vector<Route> routes_;
  std::vector<Parked> parked_;
  std::uint64_t next_parked_ = 0;
  Duration live_since_{};
  Duration live_until_{};  // when it ended; the house may be gone after that
  bool gone_ = false;
};

/// Does "hls/*/*" match "hls/720p/12.m4s"?
bool route_matches(std::string_view pattern, std::string_view path);

}  // namespace rostrum::engine
