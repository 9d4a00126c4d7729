// One island of a running stream: built aside, fed, and built again where it fails.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/island_link.hpp"
#include "engine/strand.hpp"

namespace rostrum::engine {

/// Building and stopping a pipeline takes milliseconds to seconds, so both happen off the stream's thread; frames wait meanwhile,
/// within a bound. Where the source's size changes so that other rungs fit, the island is built anew. A failed island is built
/// again up to `most_tries` times with growing pauses, and begins at the next keyframe; a minute without failure forgives what
/// was. Stream thread only.
class Branch : public std::enable_shared_from_this<Branch> {
 public:
  static constexpr int most_tries = 5;

  struct Events {  // on the stream's thread
    std::function<void(int output, const FramePtr&)> frame;
    std::function<void(const Mark&)> mark;                          // islands with a source of their own
    std::function<void(const std::vector<int>& outputs)> left_out;  // they give no more frames: the source became smaller
    std::function<void(const Error&)> lost;                         // it will not come back
    std::function<void()> ended;
  };
  Branch(const House&, std::shared_ptr<Strand>, pipeline::IslandSpec, Events);
  ~Branch();

  void start();
  void push(int input, const FramePtr&);
  void mark(const Mark&);
  void request_keyframe();
  /// EOS; `ended` follows, at once where nothing runs.
  void end();
  Result<void> set(std::string_view node, const ParamInfo&, const Params&);
  [[nodiscard]] bool has(std::string_view node) const;
  [[nodiscard]] const Params& params(std::string_view node) const;
  [[nodiscard]] std::string dot() const;

 private:
  enum class State { idle, building, running, waiting, ending, over };
  struct Queued {
    int input;
    FramePtr frame;
  };
  void build();
  void built(std::unique_ptr<IslandLink>, int generation);
  void failed(Error, int generation);
  void rebuild_after(Duration pause);
  void drop_island();
  bool refit(int input, const FormatPtr& before);
  void feed(int input, const FramePtr&);
  void finish();

  const House& house_;
  std::shared_ptr<Strand> strand_;
  pipeline::IslandSpec spec_;
  Events events_;
  State state_ = State::idle;
  std::unique_ptr<IslandLink> island_;
  int generation_ = 0;  // events of islands before this one are of no interest
  int tries_ = 0;
  Duration started_{};
  bool needs_keyframe_ = false;
  bool end_wanted_ = false;
  std::deque<std::variant<Queued, Mark>> queue_;  // while it is built
  Counter& restarts_;
  Counter& dropped_;
};

}  // namespace rostrum::engine
