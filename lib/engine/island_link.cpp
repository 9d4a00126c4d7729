#include "engine/island_link.hpp"

namespace rostrum::engine {
namespace {

class Here final : public IslandLink {
 public:
  explicit Here(std::unique_ptr<pipeline::Island> island) : island_(std::move(island)) {}
  void push(int input, const FramePtr& frame) override { island_->push(input, frame); }
  void mark(const Mark& mark) override { island_->mark(mark); }
  void request_keyframe() override { island_->request_keyframe(); }
  void end() override { island_->end(); }
  Result<void> set(std::string_view node, const ParamInfo& row, const Params& params) override {
    return island_->set(node, row, params);
  }
  std::string dot() const override { return island_->dot(); }

 private:
  std::unique_ptr<pipeline::Island> island_;
};

}  // namespace

MakeIsland islands_here() {
  return [](pipeline::IslandSpec spec, pipeline::IslandEvents events) -> Result<std::unique_ptr<IslandLink>> {
    auto island = pipeline::Island::make(std::move(spec), std::move(events));
    if (!island) return tl::unexpected(std::move(island.error()));
    return std::make_unique<Here>(std::move(*island));
  };
}

}  // namespace rostrum::engine
