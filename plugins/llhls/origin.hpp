// What viewers may fetch, and those who wait for what is not there yet.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <rostrum/node.hpp>

#include "llhls/edge.hpp"
#include "llhls/shelf.hpp"

namespace rostrum::llhls {

struct OriginOptions {
  std::string token;  // of the stream's incarnation
  Duration target{};  // TARGETDURATION
};

/// The stream thread puts in; any thread asks. A request that waits costs its Reply and a hundred bytes; answers are given
/// and compressed outside the lock, and all who waited for one version share its body.
class Origin : public std::enable_shared_from_this<Origin> {
 public:
  Origin(OriginOptions, NodeContext&);
  ~Origin();

  // Stream thread.
  void add(const std::string& label, Track, std::shared_ptr<Shelf>);
  /// What is in it cannot be fetched any more; where that was all of the label, who waits for it is answered with 404.
  void remove(const std::string& label, const std::shared_ptr<Shelf>&);
  /// Shelves are written by the stream thread alone, and only in here; other threads read them.
  void edit(const std::function<void()>& change);
  /// A new version of a rendition's playlist; wakes who waited for what it holds. An empty `delta` is the full text.
  void publish(const std::string& label, std::string full, std::string delta, const Edge&);
  /// A new version of the multivariant playlist.
  void offer(std::string multivariant);
  /// Everybody who still waits is answered: with what there is, or 404.
  void end();

  /// Any thread, while the stream thread works.
  void handle(const HttpRequest&, std::string_view rest, HttpReply);
  [[nodiscard]] std::size_t waiting() const;
  /// Of media that is kept.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Impl;
  struct Abandoned {
    std::string label;  // "" for the multivariant playlist
    std::uint64_t number = 0;
  };
  void sweep();
  void schedule_sweep();
  void forget(const Abandoned&);

  std::unique_ptr<Impl> impl_;
};

}  // namespace rostrum::llhls
