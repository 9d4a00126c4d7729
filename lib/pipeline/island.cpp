#include "pipeline/island.hpp"

#include "pipeline/running.hpp"

namespace rostrum::pipeline {

struct Island::Impl : Running {
  using Running::Running;
};

Island::Island(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Island>> Island::make(IslandSpec spec, IslandEvents events) {
  std::unique_ptr<Island> island(new Island(std::make_unique<Impl>(std::move(spec), std::move(events))));
  if (auto started = island->impl_->start(); !started) return tl::unexpected(std::move(started.error()));
  return island;
}

Island::~Island() {
  // An element that hangs in a driver must not take the stream's thread with it: its threads keep what they use.
  if (!impl_->stop()) static_cast<void>(impl_.release());
}

void Island::push(int input, const FramePtr& frame) {
  impl_->push(input, frame);
}
void Island::mark(const Mark& mark) {
  impl_->mark(mark);
}
void Island::request_keyframe() {
  impl_->request_keyframe();
}
void Island::end() {
  impl_->end();
}
Result<void> Island::set(std::string_view node, const ParamInfo& row, const Params& params) {
  return impl_->set(node, row, params);
}
const std::vector<int>& Island::left_out() const {
  return impl_->left_out();
}
std::string Island::dot() const {
  return impl_->dot();
}

}  // namespace rostrum::pipeline
