#include "core/bin.hpp"

#include <algorithm>

namespace rostrum::core {

Chain::Chain(const std::string& name) : bin_(gst::sink(gst_bin_new(name.c_str()))) {}

GstElement* Chain::add(std::string_view factories) {
  for (std::string_view left = factories; !left.empty();) {  // clang 14, which builds the fuzzers, has no views::split
    const std::string factory(left.substr(0, left.find('|')));
    left.remove_prefix(std::min(left.size(), factory.size() + 1));
    if (auto made = gst::make(factory.c_str())) {
      GstElement* element = made->get();
      add(std::move(*made));
      return element;
    }
  }
  if (!std::exchange(failed_, true)) error_ = gst::missing(factories);
  return nullptr;
}

void Chain::add(gst::Ref<GstElement> element) {
  gst_bin_add(GST_BIN(bin_.get()), element.get());
  elements_.push_back(element.get());
}

void Chain::require(const char* text) {
  GstElement* filter = add("capsfilter");
  if (!filter) return;
  const auto caps = gst::adopt(gst_caps_from_string(text));
  g_object_set(filter, "caps", caps.get(), nullptr);
}

Result<GstElement*> Chain::finish() {
  if (failed_) return tl::unexpected(error_);
  for (std::size_t i = 1; i < elements_.size(); ++i) {
    if (!gst_element_link(elements_[i - 1], elements_[i]))
      return fail(Errc::internal, {},
                  std::string(GST_OBJECT_NAME(elements_[i - 1])) + " cannot be linked to " + GST_OBJECT_NAME(elements_[i]));
  }
  const auto in = gst::adopt(gst_element_get_static_pad(elements_.front(), "sink"));
  const auto out = gst::adopt(gst_element_get_static_pad(elements_.back(), "src"));
  gst_element_add_pad(bin_.get(), gst_ghost_pad_new("in", in.get()));
  gst_element_add_pad(bin_.get(), gst_ghost_pad_new("out", out.get()));
  GstElement* bin = bin_.release();
  g_object_force_floating(G_OBJECT(bin));
  return bin;
}

}  // namespace rostrum::core
