// The escape hatch: owned GStreamer objects, for plugins that build elements. The only public header that shows GStreamer.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <gst/gst.h>

#include <rostrum/error.hpp>
#include <rostrum/node.hpp>

namespace rostrum::gst {

/// An owned reference to a GstObject or GstMiniObject.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref&& other) noexcept {
    if (this != &other) {
      reset();
      object_ = std::exchange(other.object_, nullptr);
    }
    return *this;
  }
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  ~Ref() { reset(); }

  [[nodiscard]] T* get() const { return object_; }
  T* operator->() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  /// Hands the reference out: transfer full.
  [[nodiscard]] T* release() { return std::exchange(object_, nullptr); }
  void reset() {
    if (T* object = std::exchange(object_, nullptr)) drop(object);
  }

 private:
  static void drop(T* object) {
    if constexpr (requires(T * o) { o->mini_object; })
      gst_mini_object_unref(GST_MINI_OBJECT_CAST(object));
    else if constexpr (std::is_same_v<T, GstCaps> || std::is_same_v<T, GstBuffer> || std::is_same_v<T, GstSample>)
      gst_mini_object_unref(GST_MINI_OBJECT_CAST(object));
    else
      gst_object_unref(object);
  }
  template <class U>
  friend Ref<U> adopt(U*);
  T* object_ = nullptr;
};

/// Takes a reference over: transfer full.
template <class T>
Ref<T> adopt(T* object) {
  Ref<T> ref;
  ref.object_ = object;
  return ref;
}
/// Adds a reference to a GstObject: transfer none.
template <class T>
Ref<T> share(T* object) {
  return adopt(object ? static_cast<T*>(gst_object_ref(object)) : nullptr);
}
/// Sinks a floating reference: transfer floating.
template <class T>
Ref<T> sink(T* object) {
  return adopt(object ? static_cast<T*>(gst_object_ref_sink(object)) : nullptr);
}

/// "x264enc is missing; install gstreamer1.0-plugins-ugly" as Errc::missing_element. `elements` are factory names, '|' between
/// those that would do. Thread-safe.
Error missing(std::string_view elements);
/// A new element. Fails with `missing(factory)`. Thread-safe.
Result<Ref<GstElement>> make(const char* factory, const char* name = nullptr);

}  // namespace rostrum::gst
