#include "pipeline/launch.hpp"

#include <memory>
#include <string>
#include <vector>

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

/// Names of elements that the line wants and this machine has not.
std::vector<std::string> missing_in(GstParseContext* context) {
  std::vector<std::string> names;
  gchar** list = gst_parse_context_get_missing_elements(context);
  for (gchar** name = list; name && *name; ++name) names.emplace_back(*name);
  g_strfreev(list);
  return names;
}

}  // namespace

Result<gst::Ref<GstElement>> parse_launch(std::string_view line) {
  GError* error = nullptr;
  const std::unique_ptr<GstParseContext, decltype(&gst_parse_context_free)> context(gst_parse_context_new(),
                                                                                    gst_parse_context_free);
  GstElement* bin =
      gst_parse_bin_from_description_full(std::string(line).c_str(), FALSE, context.get(), GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!bin) {
    std::string text = error ? error->message : "no reason given";
    g_clear_error(&error);
    if (const auto names = missing_in(context.get()); !names.empty()) return tl::unexpected(gst::missing(names.front()));
    return fail(Errc::unsupported, {}, fmt::format("the kind's launch line: {}", text));
  }
  g_clear_error(&error);
  auto owned = gst::sink(bin);
  for (const auto& [name, direction] : {std::pair{"sink", GST_PAD_SINK}, std::pair{"src", GST_PAD_SRC}}) {
    if (const auto pad = end_of(bin, direction)) gst_element_add_pad(bin, gst_ghost_pad_new(name, pad.get()));
  }
  return owned;
}

}  // namespace rostrum::pipeline
