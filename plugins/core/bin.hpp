// A chain of elements as one bin with the pads "in" and "out".
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/gst.hpp>

namespace rostrum::core {

class Chain {
 public:
  explicit Chain(const std::string& name);

  /// The first of the factories that exists ("dav1ddec|av1dec"); nullptr where none does, which `finish` then fails with. The bin
  /// keeps it.
  GstElement* add(std::string_view factories);
  /// Caps that must hold here.
  void require(const char* caps);
  void add(gst::Ref<GstElement>);
  /// Links them in order and hands the bin out, floating. Fails with Errc::missing_element or Errc::internal.
  Result<GstElement*> finish();

 private:
  gst::Ref<GstElement> bin_;
  std::vector<GstElement*> elements_;
  Error error_;
  bool failed_ = false;
};

}  // namespace rostrum::core
