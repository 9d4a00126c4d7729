// The elements of an island and how they are linked.
#pragma once

#include <memory>
#include <vector>

#include "pipeline/input.hpp"
#include "pipeline/node.hpp"
#include "pipeline/output.hpp"

namespace rostrum::pipeline {

struct Parts {
  gst::Ref<GstElement> pipeline;
  // One for each of IslandSpec's; empty where the node is left out.
  std::vector<std::unique_ptr<Place>> places;
  std::vector<gst::Ref<GstElement>> elements;
  std::vector<std::unique_ptr<Input>> inputs;
  std::vector<std::unique_ptr<Output>> outputs;
};

/// Puts all elements into the pipeline and links them: one tee where several read the same, and a short queue for each of them.
/// Control thread only. Fails with Errc::bad_graph where pads do not fit, with the node's place.
Result<void> link(const IslandSpec&, Parts&);

}  // namespace rostrum::pipeline
