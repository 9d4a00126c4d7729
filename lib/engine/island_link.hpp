// The engine's side of an island: its pipeline in this process, or whatever stands for it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/island.hpp"

namespace rostrum::engine {

/// pipeline::Island as an interface, so that a worker process or a test can stand behind it. Same contract.
class IslandLink {
 public:
  virtual ~IslandLink() = default;
  virtual void push(int input, const FramePtr&) = 0;
  virtual void mark(const Mark&) = 0;
  virtual void request_keyframe() = 0;
  virtual void end() = 0;
  virtual Result<void> set(std::string_view node, const ParamInfo&, const Params&) = 0;
  [[nodiscard]] virtual std::string dot() const = 0;
};
using MakeIsland = std::function<Result<std::unique_ptr<IslandLink>>(pipeline::IslandSpec, pipeline::IslandEvents)>;

/// Islands as pipelines of this process.
MakeIsland islands_here();

/// What a stream needs of the engine around it; outlives all streams.
struct House {
  const Clock& clock;
  Metrics& metrics;
  MakeIsland make_island;
  std::function<void(std::function<void()>)> aside;  // runs what may block, off the network threads
};

}  // namespace rostrum::engine
