#include "engine/flow.hpp"

#include <algorithm>
#include <utility>

#include <rostrum/log.hpp>

#include "engine/island_plan.hpp"

namespace rostrum::engine {
namespace {

using namespace std::chrono_literals;
constexpr Duration drain_limit = 3s;

}  // namespace

Result<std::unique_ptr<Flow>> Flow::make(Setup setup) {
  std::unique_ptr<Flow> flow(new Flow(std::move(setup)));
  const graph::Plan& plan = *flow->setup_.plan;
  for (const int index : flow->wiring_.sinks) {
    const graph::PlanNode& node = plan.nodes[static_cast<std::size_t>(index)];
    auto sink = SinkNode::make(node, {flow->setup_.stream, flow->setup_.house, flow->setup_.timeline, flow->setup_.strand,
                                      [weak = std::weak_ptr(flow->alive_), raw = flow.get()] {
                                        if (weak.lock()) raw->request_keyframe();
                                      }});
    if (!sink) return tl::unexpected(std::move(sink.error()));
    for (const graph::Link& link : node.inputs) {
      if (to_sink(*node.kind, link)) flow->sources_[Outlet{link.from, link.out_port}].sinks.push_back({sink->get(), 0});
    }
    flow->sinks_.push_back(std::move(*sink));
  }
  return flow;
}

Outlet Flow::publisher(Track track) const {
  return {wiring_.publisher, track == Track::video ? "video" : "audio"};
}

void Flow::connect(const FormatPtr& format) {
  const Outlet outlet = publisher(format->track());
  Source& source = sources_[outlet];
  const bool other_codec = source.format && source.format->codec != format->codec;
  if (other_codec) withdraw(source);
  // What could not be built for the format before may be possible now.
  if (other_codec || !source.format) std::erase_if(branches_, [](const auto& b) { return b.second == nullptr; });
  source.format = format;
  source.passthrough = true;
  hand_through(source, outlet);
  offer(outlet, source);
  grow();
}

// Nodes that hand the source through as it is, and those that did with the codec before and have to work now.
void Flow::hand_through(Source& source, const Outlet& outlet) {
  const std::vector<Outlet> before = std::exchange(source.aliases, {});
  const auto& nodes = setup_.plan->nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool reads = nodes[i].inputs.size() == 1 && Outlet{nodes[i].inputs[0].from, nodes[i].inputs[0].out_port} == outlet;
    if (!reads || !passes_through(nodes[i], *source.format)) continue;
    const Outlet alias{static_cast<int>(i), "out"};
    Source& through = sources_[alias];
    if (!through.branches.empty() || (through.format && !through.passthrough)) continue;
    through.format = source.format;
    through.passthrough = true;
    source.aliases.push_back(alias);
    offer(alias, through);
  }
  for (const Outlet& alias : before) {
    if (std::ranges::find(source.aliases, alias) != source.aliases.end()) continue;
    withdraw(sources_[alias]);
    sources_[alias].format = nullptr;
    sources_[alias].passthrough = false;
  }
}

void Flow::disconnect(Track track) {
  const auto found = sources_.find(publisher(track));
  if (found == sources_.end()) return;
  for (const Outlet& alias : found->second.aliases) {
    withdraw(sources_[alias]);
    sources_[alias].format = nullptr;
  }
  withdraw(found->second);
  found->second.format = nullptr;
}

void Flow::start_sources() {
  grow();
}

// A node runs where all that it reads comes, or any of it for a port that takes many. Sources stand before their readers in the
// plan, so one pass tells, however the nodes are joined.
std::vector<bool> Flow::alive() const {
  const auto& nodes = setup_.plan->nodes;
  std::vector<bool> alive(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const graph::PlanNode& node = nodes[i];
    const auto own = sources_.find({static_cast<int>(i), "out"});
    if (own != sources_.end() && own->second.passthrough) continue;
    const auto comes = [&](const graph::Link& link) {
      const auto source = sources_.find({link.from, link.out_port});
      if (source != sources_.end() && source->second.format) return true;
      return overlap(link.media, Media::raw) && alive[static_cast<std::size_t>(link.from)];
    };
    const bool many = std::ranges::any_of(node.kind->ports, [](const PortInfo& p) { return p.many; });
    alive[i] = node.inputs.empty() || (many ? std::ranges::any_of(node.inputs, comes) : std::ranges::all_of(node.inputs, comes));
  }
  return alive;
}

void Flow::grow() {
  if (done_) return;
  const std::vector<bool> alive = this->alive();
  for (std::size_t i = 0; i < wiring_.islands.size(); ++i) {
    if (branches_.contains(i)) continue;
    const auto runs = [&](int node) { return alive[static_cast<std::size_t>(node)]; };
    if (std::ranges::any_of(wiring_.islands[i].nodes, runs)) build(i, alive);
  }
}

void Flow::build(std::size_t island, const std::vector<bool>& alive) {
  IslandPlan made = plan_island(*setup_.plan, wiring_.islands[island], alive, [this](const Outlet& outlet) {
    const auto source = sources_.find(outlet);
    return source == sources_.end() ? nullptr : source->second.format;
  });
  made.spec.stream = setup_.stream;
  made.spec.timeline = &setup_.timeline;
  made.spec.clock = &setup_.house.clock;
  made.spec.metrics = &setup_.house.metrics;
  const bool own_source = made.inputs.empty();
  Branch::Events events;
  events.frame = [this, outlets = made.outputs, own_source](int output, const FramePtr& frame) {
    if (own_source) setup_.produced(*frame);
    deliver(outlets[static_cast<std::size_t>(output)], frame);
    // An island with a source of its own gives a mark before any frame at or after it.
    if (own_source) horizon(frame->pts + 1ns);
  };
  events.mark = [this](const Mark& mark) {
    for (const auto& sink : sinks_) sink->sink().mark(mark);
  };
  events.left_out = [this, outlets = made.outputs](const std::vector<int>& gone) {
    for (const int output : gone) {
      Source& source = sources_[outlets[static_cast<std::size_t>(output)]];
      withdraw(source);
      source.format = nullptr;
    }
  };
  events.lost = [this, island](const Error& error) { lost(island, error); };
  events.ended = [this, own_source] {
    --running_;
    if (own_source && !done_ && running_ == 0) return setup_.ended();
    maybe_done();
  };
  const auto branch = std::make_shared<Branch>(setup_.house, setup_.strand, std::move(made.spec), std::move(events));
  branches_[island] = branch;
  ++running_;
  for (std::size_t input = 0; input < made.inputs.size(); ++input)
    sources_[made.inputs[input]].branches.push_back({branch.get(), static_cast<int>(input)});
  branch->start();
}

void Flow::lost(std::size_t island, const Error& error) {
  --running_;
  Branch* const branch = branches_[island].get();
  for (auto& [outlet, source] : sources_) std::erase_if(source.branches, [&](const BranchFeed& f) { return f.branch == branch; });
  for (const Outlet& outlet : wiring_.islands[island].outputs) {
    const auto source = sources_.find(outlet);
    if (source != sources_.end() && !source->second.passthrough) withdraw(source->second);
  }
  setup_.strand->post([gone = std::exchange(branches_[island], nullptr)] {});  // it is in a call of its own
  const bool direct =
      std::ranges::any_of(sources_, [](const auto& s) { return s.second.passthrough && !s.second.sinks.empty(); });
  if (done_) return maybe_done();
  if (running_ == 0 && !direct) setup_.failed(error);
}

void Flow::offer(const Outlet& outlet, Source& source) {
  bool changed = false;
  for (SinkFeed& feed : source.sinks) {
    if (feed.id != 0) continue;
    const graph::PlanNode& node = setup_.plan->nodes[static_cast<std::size_t>(outlet.node)];
    feed.id = feed.sink->add({0, name_of(*setup_.plan, outlet), label_of(*setup_.plan, outlet), source.format,
                              source.passthrough ? 0 : bitrate_of(node), source.passthrough});
    changed = true;
  }
  if (changed) publish_offers();
}

void Flow::withdraw(Source& source) {
  for (SinkFeed& feed : source.sinks) {
    if (const int id = std::exchange(feed.id, 0)) feed.sink->sink().remove(id);
  }
  publish_offers();
}

void Flow::publish_offers() {
  std::vector<std::string> names;
  for (const auto& [outlet, source] : sources_) {
    if (std::ranges::any_of(source.sinks, [](const SinkFeed& f) { return f.id != 0; }))
      names.push_back(name_of(*setup_.plan, outlet));
  }
  setup_.offers(std::move(names));
}

void Flow::deliver(const Outlet& outlet, const FramePtr& frame) {
  const auto found = sources_.find(outlet);
  if (found == sources_.end()) return;
  Source& source = found->second;
  const bool first = !source.format;
  source.format = frame->format;
  offer(outlet, source);
  if (first) grow();  // an island that reads this one's output
  for (const SinkFeed& feed : source.sinks) feed.sink->sink().frame(feed.id, frame);
  for (const BranchFeed& feed : source.branches) feed.branch->push(feed.input, frame);
  for (const Outlet& alias : source.aliases) deliver(alias, frame);
}

void Flow::mark(const Mark& mark) {
  for (const auto& [island, branch] : branches_) {
    if (branch) branch->mark(mark);
  }
  for (const auto& sink : sinks_) sink->sink().mark(mark);
}

void Flow::frame(FramePtr frame) {
  const Outlet outlet = publisher(frame->format->track());
  const auto source = sources_.find(outlet);
  if (source == sources_.end() || !source->second.format || source->second.format->codec != frame->format->codec)
    connect(frame->format);
  deliver(outlet, frame);
}

void Flow::horizon(MediaTime at) {
  if (at <= horizon_) return;
  horizon_ = at;
  for (const auto& sink : sinks_) sink->sink().horizon(at);
}

void Flow::gap() {
  for (const auto& sink : sinks_) sink->sink().gap();
}
void Flow::resume() {
  for (const auto& sink : sinks_) sink->sink().resume();
}

void Flow::end(std::function<void()> done) {
  done_ = std::move(done);
  for (const auto& [island, branch] : branches_) {
    if (branch) branch->end();
  }
  maybe_done();
  setup_.strand->after(drain_limit, [weak = std::weak_ptr(alive_), this] {
    if (!weak.lock() || !done_) return;
    log(Level::warning, "engine", setup_.stream, "an encoder did not drain within 3 s; the end is cut off");
    running_ = 0;
    maybe_done();
  });
}

void Flow::maybe_done() {
  if (!done_ || running_ != 0) return;
  cut();
  std::exchange(done_, nullptr)();
}

void Flow::cut() {
  if (std::exchange(over_, true)) return;
  for (const auto& sink : sinks_) sink->sink().end();
}

void Flow::request_keyframe() {
  const Duration now = setup_.house.clock.monotonic();
  if (keyframe_asked_ != Duration{} && now - keyframe_asked_ < 1s) return;
  keyframe_asked_ = now;
  for (const auto& [island, branch] : branches_) {
    if (branch) branch->request_keyframe();
  }
}

Result<void> Flow::set(std::string_view name, std::string_view parameter, std::string_view value) {
  const auto& nodes = setup_.plan->nodes;
  const auto node = std::ranges::find(nodes, name, &graph::PlanNode::name);
  if (node == nodes.end()) return fail(Errc::bad_param, std::string(name), "the graph has no node of that name");
  const auto row = std::ranges::find(node->kind->params, parameter, &ParamInfo::name);
  if (row == node->kind->params.end())
    return fail(Errc::bad_param, std::string(name),
                "kind " + std::string(node->kind->name) + " has no parameter " + std::string(parameter));
  for (const auto& [island, branch] : branches_) {
    if (!branch || !branch->has(name)) continue;
    auto params = graph::with(branch->params(name), node->kind->params, parameter, value);
    if (!params) return tl::unexpected(std::move(params.error()));
    return branch->set(name, *row, *params);
  }
  return fail(Errc::unsupported, std::string(name), "this node cannot be changed while it runs");
}

std::string Flow::dot() const {
  std::string text = "digraph stream {\n  rankdir=LR;\n";
  const auto& nodes = setup_.plan->nodes;
  for (const graph::PlanNode& node : nodes) {
    text += "  \"" + node.name + "\" [label=\"" + node.name + "\\n" + std::string(node.kind->name) + "\"];\n";
    for (const graph::Link& link : node.inputs)
      text += "  \"" + nodes[static_cast<std::size_t>(link.from)].name + "\" -> \"" + node.name + "\" [label=\"" +
              std::string(link.out_port) + "\"];\n";
  }
  text += "}\n";
  for (const auto& [island, branch] : branches_) {
    if (branch) text += branch->dot();
  }
  return text;
}

}  // namespace rostrum::engine
