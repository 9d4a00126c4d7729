// A raw-media island of a stream as one GStreamer pipeline: encoded frames in, encoded frames out, raw media never leaves it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <rostrum/node.hpp>

namespace rostrum::pipeline {

/// Where an island node reads: an input of the island (`input` >= 0) or the node before it (`node` >= 0).
struct Feed {
  int input = -1;
  int node = -1;
  std::string out_port;  // of that node's kind
  std::string in_port;
};
struct IslandNode {
  std::string name;
  const KindInfo* kind = nullptr;
  Params params;
  std::vector<Feed> feeds;
  std::string place;
};
struct IslandInput {
  std::string name;  // "in.video"
  FormatPtr format;
};
struct IslandOutput {
  int node = 0;
  std::string out_port;
};
/// What to build. Nodes are in topological order; all media between them is raw; each output is encoded. An island with a raw
/// source
/// (`test`) has no inputs: its media time begins at the UTC of its start.
struct IslandSpec {
  std::string stream;
  std::vector<IslandInput> inputs;
  std::vector<IslandNode> nodes;
  std::vector<IslandOutput> outputs;
  const Timeline* timeline = nullptr;
  const Clock* clock = nullptr;
  Metrics* metrics = nullptr;
  std::size_t bound = 128;  // frames of one input that may wait
  /// How far what goes in may run ahead of what decoders take, for how long. A packager gives a rendition up that is 2 s late,
  /// and an island whose every frame is too late works for nothing.
  Duration patience = std::chrono::milliseconds(1200);
};

/// Called on GStreamer's threads: hand over, do not work, do not call the island. None is called after Island's destructor has
/// returned.
struct IslandEvents {
  std::function<void(int output, FramePtr)> frame;  // frame->format is set; a changed format is a new pointer
  std::function<void(const Mark&)> mark;       // an island with a raw source makes the marks itself, before any frame at or after
  std::function<void(Error)> failed;           // the island is dead; destroy it
  std::function<void(std::string text)> note;  // for the log: a rung was left out, the encoder that `auto` chose
  std::function<void()> ended;                 // every output has given its last frame after end()
};

/// Any one thread at a time (the stream's); push() never blocks: where encoders stay behind for half of `patience`, fewer of the
/// decoded pictures reach them (Thinner); where that is not enough and `patience` is over, or past a bound of queued frames, the
/// island drops to a keyframe from which it can keep up. Both are counted, and happen before the rungs part, so that every rung
/// has the same frames. A burst after a stall of the network costs none that decoders get to within half of `patience`.
class Island {
 public:
  /// Builds and starts. Fails with Errc::missing_element (names the Debian package) or Errc::unsupported, with the node's place.
  static Result<std::unique_ptr<Island>> make(IslandSpec, IslandEvents);
  ~Island();  // stops at once, within a bound

  /// A frame with a new format of the same codec changes what decoders expect; another codec is `failed` with Errc::unsupported:
  /// make the island anew.
  void push(int input, const FramePtr&);
  /// Every video encoder makes an IDR at exactly this PTS. Before the frame with that PTS is pushed.
  void mark(const Mark&);
  /// Every video encoder makes an IDR as soon as it can.
  void request_keyframe();
  /// The inputs give no more: EOS. `ended` follows, once, when everything has drained.
  void end();
  /// Changes a node's parameter while it runs; Errc::unsupported where the element cannot.
  Result<void> set(std::string_view node, const ParamInfo&, const Params&);
  /// Outputs that will never give a frame (rungs taller than the source): indices into IslandSpec::outputs.
  [[nodiscard]] const std::vector<int>& left_out() const;
  [[nodiscard]] std::string dot() const;

 private:
  struct Impl;
  explicit Island(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rostrum::pipeline
