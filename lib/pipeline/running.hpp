// An island at work: its parts, its marks, its end.
#pragma once

#include <atomic>
#include <optional>

#include "pipeline/bus.hpp"
#include "pipeline/marked_node.hpp"
#include "pipeline/parts.hpp"
#include "pipeline/thinner.hpp"

namespace rostrum::pipeline {

/// Owned by the stream's thread; what other threads touch is said beside it.
class Running {
 public:
  Running(IslandSpec, IslandEvents);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  Result<void> start();
  /// False where an element would not stop within the bound: its threads still use this object then, which must not be destroyed.
  bool stop();
  void push(int input, const FramePtr&);
  void mark(const Mark&);
  void request_keyframe();  // any thread
  void end();
  Result<void> set(std::string_view node, const ParamInfo&, const Params&);
  [[nodiscard]] const std::vector<int>& left_out() const { return left_out_; }
  [[nodiscard]] std::string dot() const;

 private:
  Result<void> build();
  Result<void> make_node(int index);
  Result<void> make_output(int index);
  void find_marked();
  void find_decoders();
  void watch_source();
  void source_frame(GstClockTime running);
  void fail_with(Error);
  void note(std::string text);
  Error error_of(GstMessage*) const;
  [[nodiscard]] bool reads(int input, int node) const;

  IslandSpec spec_;
  IslandEvents events_;  // through gate_ only
  Gate gate_;            // any thread
  Origin origin_;        // any thread
  std::atomic<bool> failed_{false};
  std::shared_ptr<Control> control_ = Control::share();
  Parts parts_;
  std::unique_ptr<Bus> bus_;
  std::vector<int> left_out_;
  std::vector<std::unique_ptr<MarkedNode>> marked_;
  std::vector<std::unique_ptr<Thinner>> thinners_;
  bool ended_ = false;
  Duration keyframes_{};                // a raw source's marks: time between two
  std::optional<MediaTime> next_mark_;  // that source's thread only
};

}  // namespace rostrum::pipeline
