#include "pipeline/running.hpp"

#include <algorithm>
#include <future>
#include <thread>

#include <fmt/core.h>
#include <rostrum/log.hpp>

#include "pipeline/rungs.hpp"
#include "pipeline/streaming_threads.hpp"

namespace rostrum::pipeline {
namespace {

constexpr auto teardown_limit = std::chrono::seconds(5);

bool has(const IslandNode& node, std::string_view param) {
  return std::ranges::any_of(node.kind->params, [&](const ParamInfo& row) { return row.name == param; }) &&
         node.params.has(param);
}

Error at(const IslandNode& node, Error error) {
  error.where = error.where.empty() ? node.place : fmt::format("{}.{}", node.place, error.where);
  return error;
}

// `encoder: auto` is answered by what this machine has; people want to see it.
std::string encoder_in(GstElement* bin) {
  if (!GST_IS_BIN(bin)) return {};
  for (GList* child = GST_BIN_CHILDREN(bin); child; child = child->next) {
    GstElementFactory* factory = gst_element_get_factory(GST_ELEMENT(child->data));
    if (factory && gst_element_factory_list_is_type(factory, GST_ELEMENT_FACTORY_TYPE_VIDEO_ENCODER))
      return gst_plugin_feature_get_name(GST_PLUGIN_FEATURE(factory));
  }
  return {};
}

}  // namespace

Running::Running(IslandSpec spec, IslandEvents events) : spec_(std::move(spec)), events_(std::move(events)) {}
Running::~Running() = default;

void Running::fail_with(Error error) {
  if (failed_.exchange(true)) return;
  gate_.call([&] { events_.failed(std::move(error)); });
}

void Running::note(std::string text) {
  gate_.call([&] {
    if (events_.note) events_.note(std::move(text));
  });
}

Result<void> Running::make_node(int index) {
  const IslandNode& node = spec_.nodes[index];
  const Feed* feed = node.feeds.empty() ? nullptr : &node.feeds.front();
  auto input = feed && feed->input >= 0 ? spec_.inputs[feed->input].format : nullptr;
  parts_.places[index] = std::make_unique<Place>(spec_, node, std::move(input), *control_, [this] { request_keyframe(); });
  auto element = make_element(node, *parts_.places[index]);
  if (!element) return tl::unexpected(at(node, std::move(element.error())));
  parts_.elements[index] = std::move(*element);
  if (has(node, "encoder") && node.params.text("encoder") == "auto") {
    if (const auto encoder = encoder_in(parts_.elements[index].get()); !encoder.empty())
      note(fmt::format("{}: {}", node.name, encoder));
  }
  return {};
}

Result<void> Running::make_output(int index) {
  const IslandNode& node = spec_.nodes[spec_.outputs[index].node];
  parts_.outputs.emplace_back();
  if (!parts_.elements[spec_.outputs[index].node]) {
    left_out_.push_back(index);
    return {};
  }
  auto output = std::make_unique<Output>(
      origin_, Output::Events{[this, index](FramePtr frame) { gate_.call([&] { events_.frame(index, std::move(frame)); }); },
                              [this, &node](Error error) { fail_with(at(node, std::move(error))); }});
  if (!output->element()) return tl::unexpected(gst::missing("appsink"));
  parts_.outputs.back() = std::move(output);
  return {};
}

Result<void> Running::build() {
  const auto out = pipeline::left_out(spec_, [this](std::string text) { note(std::move(text)); });
  parts_.pipeline = gst::sink(gst_pipeline_new(nullptr));
  parts_.places.resize(spec_.nodes.size());
  parts_.elements.resize(spec_.nodes.size());
  for (std::size_t i = 0; i < spec_.nodes.size(); ++i) {
    if (out[i]) continue;
    if (auto made = make_node(static_cast<int>(i)); !made) return made;
  }
  for (const IslandInput& input : spec_.inputs) {
    parts_.inputs.push_back(std::make_unique<Input>(input, spec_, origin_));
    if (!parts_.inputs.back()->element()) return tl::unexpected(gst::missing("appsrc"));
  }
  for (std::size_t i = 0; i < spec_.outputs.size(); ++i) {
    if (auto made = make_output(static_cast<int>(i)); !made) return made;
  }
  return link(spec_, parts_);
}

Result<void> Running::start() {
  if (auto ready = initialise(); !ready) return ready;
  return control_->call([this]() -> Result<void> {
    if (auto built = build(); !built) return built;
    find_marked();
    find_decoders();
    watch_source();
    GstElement* pipeline = parts_.pipeline.get();
    batch_streaming_threads(pipeline);
    if (gst_element_set_state(pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
      const auto message = Bus::first_error(pipeline);
      return message ? tl::unexpected(error_of(message.get()))
                     : fail(Errc::internal, spec_.stream, "the pipeline would not start");
    }
    bus_ = std::make_unique<Bus>(pipeline, *control_,
                                 Bus::Events{[this](GstMessage* message) { fail_with(error_of(message)); },
                                             [this] {
                                               gate_.call([this] {
                                                 if (events_.ended) events_.ended();
                                               });
                                             }});
    return {};
  });
}

bool Running::stop() {
  gate_.close();
  control_->call([this] { bus_.reset(); });
  if (parts_.pipeline) {
    std::promise<void> stopped;
    auto done = stopped.get_future();
    std::thread worker([pipeline = gst::share(parts_.pipeline.get()), stopped = std::move(stopped)]() mutable {
      gst_element_set_state(pipeline.get(), GST_STATE_NULL);
      stopped.set_value();
    });
    if (done.wait_for(teardown_limit) != std::future_status::ready) {
      log(Level::error, "pipeline", spec_.stream, "an element would not stop; its memory and threads are given up");
      worker.detach();
      return false;
    }
    worker.join();
  }
  control_->call([this] { parts_.places.clear(); });
  return true;
}

void Running::find_marked() {
  for (std::size_t i = 0; i < spec_.nodes.size(); ++i) {
    GstElement* element = parts_.elements[i].get();
    const auto& feeds = spec_.nodes[i].feeds;
    const auto raw = std::ranges::find_if(feeds, [](const Feed& feed) { return feed.node >= 0; });
    if (!element || raw == feeds.end()) continue;
    for (const PortInfo& port : spec_.nodes[i].kind->ports) {
      if (port.direction != Direction::out) continue;
      marked_.push_back(
          std::make_unique<MarkedNode>(pad_of(element, raw->in_port, Direction::in), pad_of(element, port.name, Direction::out)));
    }
  }
}

void Running::find_decoders() {
  for (std::size_t i = 0; i < spec_.nodes.size(); ++i) {
    const auto& feeds = spec_.nodes[i].feeds;
    if (!parts_.elements[i] || feeds.empty() || feeds.front().input < 0) continue;
    const Input& input = *parts_.inputs[feeds.front().input];
    for (const PortInfo& port : spec_.nodes[i].kind->ports) {
      if (input.track() != Track::video || port.direction != Direction::out || !overlap(port.media, Media::raw)) continue;
      thinners_.push_back(
          std::make_unique<Thinner>(pad_of(parts_.elements[i].get(), port.name, Direction::out), input, spec_, [this, &input] {
            note(fmt::format("{}: encoders are behind; leaving pictures out until they have caught up", input.name()));
          }));
    }
  }
}

// A raw source has no keyframes of its own: the first picture, and one each `keyframes` from there, is a mark.
void Running::watch_source() {
  for (std::size_t i = 0; i < spec_.nodes.size(); ++i) {
    if (spec_.nodes[i].kind->role != Role::source || !parts_.elements[i]) continue;
    for (const PortInfo& port : spec_.nodes[i].kind->ports) {
      const auto read = [&](const IslandNode& node) {
        return std::ranges::any_of(node.feeds,
                                   [&](const Feed& f) { return f.node == static_cast<int>(i) && f.out_port == port.name; });
      };
      if (port.direction != Direction::out || std::ranges::none_of(spec_.nodes, read)) continue;
      keyframes_ = Duration::max();
      for (const IslandNode& node : spec_.nodes) {
        if (has(node, "keyframes")) keyframes_ = std::min(keyframes_, node.params.duration("keyframes"));
      }
      const Duration now =
          spec_.clock ? spec_.clock->utc().time_since_epoch() : std::chrono::system_clock::now().time_since_epoch();
      origin_.fix(now);
      gst_pad_add_probe(
          pad_of(parts_.elements[i].get(), port.name, Direction::out).get(), GST_PAD_PROBE_TYPE_BUFFER,
          [](GstPad*, GstPadProbeInfo* info, gpointer self) noexcept {
            static_cast<Running*>(self)->source_frame(GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)));
            return GST_PAD_PROBE_OK;
          },
          this, nullptr);
      return;
    }
  }
}

void Running::source_frame(GstClockTime running) {
  if (!GST_CLOCK_TIME_IS_VALID(running)) return;
  const MediaTime pts = origin_.media(static_cast<std::int64_t>(running));
  if (next_mark_ && pts < *next_mark_) return;
  next_mark_ = next_mark_.value_or(pts) + (keyframes_ == Duration::max() ? Duration(std::chrono::seconds(2)) : keyframes_);
  gate_.call([&] {
    if (events_.mark) events_.mark(Mark{.pts = pts});
  });
  for (const auto& node : marked_) node->mark(running);
}

}  // namespace rostrum::pipeline
