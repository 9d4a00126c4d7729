// Streams from the port of a host that already runs a SoupServer (libsoup 3). In a library of its own: link rostrum::soup.
#pragma once

#include <memory>
#include <string>

#include <rostrum/engine.hpp>

using SoupServer = struct _SoupServer;

namespace rostrum {

/// Answers what a SoupServer is asked below a path as Engine::handle does; requests that wait for a part stay paused meanwhile.
/// It is made, asked and destroyed on the thread of the main context that the server runs in; engine and server outlive it. A
/// client that goes away while it waits is noticed within a second. WebSockets of streams are not carried over: 501.
///
/// libsoup costs several times the processor of rostrum's own door, and each connection costs every request: for more than some
/// hundred viewers open an http door beside the SoupServer.
class SoupAdapter {
 public:
  /// Adds its handler to the server. `path` is taken off the front of what is asked: with "/video" the stream live/cam plays from
  /// /video/live/cam/index.m3u8. A longest-path match decides between handlers, so the host's other paths stay its own.
  SoupAdapter(Engine&, SoupServer*, std::string path = "/");
  /// Removes the handler; what waits is answered with 503.
  ~SoupAdapter();
  SoupAdapter(const SoupAdapter&) = delete;
  SoupAdapter& operator=(const SoupAdapter&) = delete;

  /// Requests that wait at present.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rostrum
