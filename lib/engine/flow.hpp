// The running graph behind a stream's publisher: sinks, islands, and who reads what.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "engine/branch.hpp"
#include "engine/sequencer.hpp"
#include "engine/sink_node.hpp"
#include "engine/wiring.hpp"

namespace rostrum::engine {

/// Encoded links to sinks carry the frame itself; islands are built when the formats of what they read are known. A branch that
/// is lost takes its renditions with it, the others go on. Stream thread only.
class Flow final : public Downstream {
 public:
  struct Setup {
    std::string stream;
    std::shared_ptr<const graph::Plan> plan;
    const House& house;
    const Timeline& timeline;
    std::shared_ptr<Strand> strand;
    std::function<void(const Error&)> failed;              // nothing is left that gives a rendition
    std::function<void(std::vector<std::string>)> offers;  // the renditions' names, after each change
    std::function<void()> ended;                           // every source of the graph's own has ended
    std::function<void(const Frame&)> produced;            // a frame of a source of the graph's own
  };
  /// Makes the sinks. Fails where one of them cannot be made.
  static Result<std::unique_ptr<Flow>> make(Setup);

  /// The publisher sends a track of this format from now on.
  void connect(const FormatPtr&);
  /// The publisher does not send this track any more.
  void disconnect(Track);
  /// Starts islands with sources of their own.
  void start_sources();

  void mark(const Mark&) override;
  void frame(FramePtr) override;
  void horizon(MediaTime) override;
  void gap();
  void resume();
  /// EOS through every island (at most 3 s), then Sink::end; `done` runs after that.
  void end(std::function<void()> done);
  /// Sink::end without a wait, where it was not called yet. Nothing but destruction may follow.
  void cut();

  void request_keyframe();
  Result<void> set(std::string_view node, std::string_view parameter, std::string_view value);
  [[nodiscard]] std::string dot() const;
  [[nodiscard]] const std::vector<std::shared_ptr<SinkNode>>& sinks() const { return sinks_; }

 private:
  struct SinkFeed {
    SinkNode* sink;
    int id;  // 0: not added yet
  };
  struct BranchFeed {
    Branch* branch;
    int input;
  };
  struct Source {
    FormatPtr format;
    bool passthrough = false;
    std::vector<SinkFeed> sinks;
    std::vector<BranchFeed> branches;
    std::vector<Outlet> aliases;  // nodes that hand this source through as it is
  };
  explicit Flow(Setup setup) : setup_(std::move(setup)), wiring_(wire(*setup_.plan)) {}
  void deliver(const Outlet&, const FramePtr&);
  void offer(const Outlet&, Source&);
  void withdraw(Source&);
  void hand_through(Source&, const Outlet&);
  void publish_offers();
  void grow();
  [[nodiscard]] std::vector<bool> alive() const;
  void build(std::size_t island, const std::vector<bool>& alive);
  void lost(std::size_t island, const Error&);
  void maybe_done();
  [[nodiscard]] Outlet publisher(Track) const;

  Setup setup_;
  Wiring wiring_;
  std::vector<std::shared_ptr<SinkNode>> sinks_;
  std::map<Outlet, Source> sources_;
  std::map<std::size_t, std::shared_ptr<Branch>> branches_;  // by island; nullptr: lost
  std::size_t running_ = 0;
  MediaTime horizon_ = MediaTime::min();
  Duration keyframe_asked_{};
  bool over_ = false;  // Sink::end was called
  std::function<void()> done_;
  std::shared_ptr<void> alive_ = std::make_shared<int>();
};

}  // namespace rostrum::engine
