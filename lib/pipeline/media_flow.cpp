// The way of frames and marks through a running island, and what a person may change meanwhile.
#include <algorithm>

#include <fmt/core.h>

#include "pipeline/running.hpp"

namespace rostrum::pipeline {

void Running::push(int index, const FramePtr& frame) {
  if (ended_) return;
  Input& input = *parts_.inputs[index];
  origin_.settle(std::min(frame->pts, frame->dts));
  if (frame->discontinuity) {
    for (std::size_t i = 0; i < parts_.outputs.size(); ++i) {
      if (parts_.outputs[i] && reads(index, spec_.outputs[i].node)) parts_.outputs[i]->discontinuity(frame->pts);
    }
  }
  switch (input.push(frame)) {
    case Input::Taken::yes:
    case Input::Taken::dropped:
      return;
    case Input::Taken::began_to_drop:
      return note(fmt::format("{}: decoders and encoders are too slow; dropping to the next keyframe", input.name()));
    case Input::Taken::other_codec:
      return fail_with({Errc::unsupported, spec_.stream,
                        fmt::format("{}: the codec changed to {}", input.name(), name_of(frame->format->codec))});
  }
}

bool Running::reads(int input, int node) const {
  return std::ranges::any_of(spec_.nodes[node].feeds,
                             [&](const Feed& feed) { return feed.node >= 0 ? reads(input, feed.node) : feed.input == input; });
}

void Running::mark(const Mark& mark) {
  origin_.settle(mark.pts);
  const auto running = origin_.running(mark.pts);
  if (!running) return;
  for (const auto& node : marked_) node->mark(*running);
  for (const auto& thinner : thinners_) thinner->mark(*running);
}

void Running::request_keyframe() {
  for (const auto& node : marked_) node->now();
}

void Running::end() {
  if (std::exchange(ended_, true)) return;
  for (const auto& input : parts_.inputs) input->end();
  for (std::size_t i = 0; i < spec_.nodes.size(); ++i) {
    if (parts_.elements[i] && spec_.nodes[i].kind->role == Role::source)
      gst_element_send_event(parts_.elements[i].get(), gst_event_new_eos());
  }
}

Result<void> Running::set(std::string_view name, const ParamInfo& row, const Params& params) {
  const auto node = std::ranges::find(spec_.nodes, name, &IslandNode::name);
  if (node == spec_.nodes.end()) return fail(Errc::not_found, std::string(name), "the stream has no such node");
  GstElement* element = parts_.elements[node - spec_.nodes.begin()].get();
  if (!element) return fail(Errc::not_found, node->place, "is left out: the source is smaller");
  return control_->call([&]() -> Result<void> {
    auto changed = node->kind->change ? node->kind->change(element, row.name, params)
                   : row.property.empty()
                       ? fail(Errc::unsupported, std::string(row.name), "cannot be changed while it runs; start the stream anew")
                       : set_property(element, row, params);
    if (!changed) changed.error().where = fmt::format("{}.{}", node->place, row.name);
    return changed;
  });
}

Error Running::error_of(GstMessage* message) const {
  GError* error = nullptr;
  gchar* detail = nullptr;
  gst_message_parse_error(message, &error, &detail);
  Error found{Errc::internal, spec_.stream, {}};
  GstObject* source = GST_MESSAGE_SRC(message);
  found.what = fmt::format("{}: {}", source ? GST_OBJECT_NAME(source) : "GStreamer", error ? error->message : "failed");
  if (error && error->domain == GST_STREAM_ERROR) found.code = Errc::unsupported;
  if (error && error->domain == GST_RESOURCE_ERROR) found.code = Errc::io;
  if (g_error_matches(error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN)) found.code = Errc::missing_element;
  if (detail && *detail)
    found.what += fmt::format(" ({})", std::string_view(detail).substr(0, std::string_view(detail).find('\n')));
  for (GstObject* at = source; at; at = GST_OBJECT_PARENT(at)) {
    for (std::size_t i = 0; i < parts_.elements.size(); ++i) {
      if (parts_.elements[i] && GST_OBJECT(parts_.elements[i].get()) == at) found.where = spec_.nodes[i].place;
    }
  }
  g_clear_error(&error);
  g_free(detail);
  return found;
}

std::string Running::dot() const {
  gchar* text = gst_debug_bin_to_dot_data(GST_BIN(parts_.pipeline.get()), GST_DEBUG_GRAPH_SHOW_ALL);
  std::string dot(text);
  g_free(text);
  return dot;
}

}  // namespace rostrum::pipeline
