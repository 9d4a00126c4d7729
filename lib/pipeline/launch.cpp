#include "pipeline/launch.hpp"

#include <string>

#include <fmt/core.h>

namespace rostrum::pipeline {
namespace {

/// The first pad of a side of an element that is linked to nothing on that side.
gst::Ref<GstPad> end_of(GstElement* bin, GstPadDirection direction) {
  for (GList* child = GST_BIN_CHILDREN(bin); child; child = child->next) {
    auto* element = GST_ELEMENT(child->data);
    GstPad* open = nullptr;
    bool linked = false;
    for (GList* pad = direction == GST_PAD_SINK ? element->sinkpads : element->srcpads; pad; pad = pad->next) {
      if (GST_PAD_IS_LINKED(pad->data)) linked = true;
      if (!open) open = GST_PAD(pad->data);
    }
    if (open && !linked) return gst::share(open);
  }
  return {};
}

}  // namespace

Result<gst::Ref<GstElement>> parse_launch(std::string_view line) {
  GError* error = nullptr;
  GstElement* bin =
      gst_parse_bin_from_description_full(std::string(line).c_str(), FALSE, nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!bin) {
    std::string text = error ? error->message : "no reason given";
    const bool missing = g_error_matches(error, GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_ELEMENT);
    g_clear_error(&error);
    return fail(missing ? Errc::missing_element : Errc::unsupported, {}, fmt::format("the kind's launch line: {}", text));
  }
  g_clear_error(&error);
  auto owned = gst::sink(bin);
  for (const auto& [name, direction] : {std::pair{"sink", GST_PAD_SINK}, std::pair{"src", GST_PAD_SRC}}) {
    if (const auto pad = end_of(bin, direction)) gst_element_add_pad(bin, gst_ghost_pad_new(name, pad.get()));
  }
  return owned;
}

}  // namespace rostrum::pipeline
