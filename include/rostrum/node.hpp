// What a node sees of the house: its parameters, its stream, its thread; and what a plain C++ sink implements.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <rostrum/http.hpp>
#include <rostrum/kind.hpp>
#include <rostrum/log.hpp>
#include <rostrum/media.hpp>
#include <rostrum/metrics.hpp>
#include <rostrum/timeline.hpp>

namespace rostrum {

/// Time as nodes may ask for it; a test's clock stands still until it is moved.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Duration monotonic() const = 0;
  [[nodiscard]] virtual UtcTime utc() const = 0;
};

/// The house, as one node sees it. Lives as long as the node. Stream thread only where nothing else is said.
class NodeContext {
 public:
  virtual ~NodeContext() = default;
  [[nodiscard]] virtual const std::string& stream() const = 0;  // "live/cam". Thread-safe.
  [[nodiscard]] virtual const std::string& node() const = 0;    // "hls". Thread-safe.
  [[nodiscard]] virtual const Params& params() const = 0;       // Thread-safe.
  [[nodiscard]] virtual const Timeline& timeline() const = 0;   // Thread-safe.
  [[nodiscard]] virtual const Clock& clock() const = 0;         // Thread-safe.
  [[nodiscard]] virtual Metrics& metrics() const = 0;           // Thread-safe.
  /// Runs `f` on the stream's thread, soon. Thread-safe. Dropped when the node is gone.
  virtual void post(std::function<void()> f) = 0;
  /// Runs `f` on the stream's thread after `delay`. Thread-safe. Dropped when the node is gone.
  virtual void after(Duration delay, std::function<void()> f) = 0;
  /// Asks every encoder of the stream for a keyframe now, at most once a second.
  virtual void request_keyframe() = 0;
  /// GStreamer kinds built by `element`: the format of what comes in, nullptr where it is raw.
  [[nodiscard]] virtual FormatPtr input() const { return nullptr; }
};

/// One encoded track that a sink reads. The name is the reference in the graph: "in.video", "ladder.720p", "aac".
struct Rendition {
  int id = 0;  // small, unique in the sink for the stream's life, never used again
  std::string name;
  std::string label;  // for people and URLs: "source", "720p", "aac"; [a-z0-9_-]+, unique in the sink
  FormatPtr format;
  std::int64_t bitrate = 0;  // configured target in bit/s; 0 = not known (passthrough)
  bool passthrough = false;  // as the publisher sent it: its random access points are the source's own
};

/// A node that takes encoded frames: a packager, a recorder, a fan-out. Stream thread only, except `handle`.
///
/// Order: `add` before the first `frame` of a rendition; `mark` before any rendition's frame at or after its PTS; `gap` and
/// `resume` around the time without a publisher; `end` is the last call before destruction. Frames of one rendition come in
/// decode order; renditions are not in step with each other (a rung is late by its encoder).
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void add(const Rendition&) = 0;
  /// The rendition gives no more frames and is taken out of what viewers are offered.
  virtual void remove(int rendition) = 0;
  virtual void mark(const Mark&) = 0;
  virtual void frame(int rendition, const FramePtr&) = 0;
  /// No mark will come any more before `t`: what lies before it may be cut. Rises steadily while the publisher sends.
  virtual void horizon(MediaTime t) = 0;
  /// The publisher has gone; the stream lingers.
  virtual void gap() {}
  /// A publisher is back; its first frames carry `discontinuity`.
  virtual void resume() {}
  /// The stream ends for good: close what is open, answer who waits.
  virtual void end() = 0;
  /// A GET or HEAD that matched one of the kind's routes; `rest` is the path below /{app}/{name}/. Thread-safe: any thread,
  /// while the stream thread works. Must not block: keep the reply and answer later.
  virtual void handle(const HttpRequest&, std::string_view rest, HttpReply reply) { (void)rest, reply(HttpResponse{}); }
};

}  // namespace rostrum
