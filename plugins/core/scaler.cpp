#include "core/scaler.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include <gst/video/gstvideofilter.h>
#include <gst/video/video.h>
#include <rostrum/gst.hpp>

extern "C" {
#include <libswscale/swscale.h>
}

namespace rostrum::core {
namespace {

constexpr guint line_alignment = 64;

struct State {
  ~State() { sws_freeContext(scaler); }
  std::atomic<int> width{0};
  std::atomic<int> height{0};
  std::atomic<int> fps_num{0};  // 0 = all frames
  std::atomic<int> fps_den{1};
  std::atomic<GstClockTime> kept{GST_CLOCK_TIME_NONE};  // running time at which a keyframe was asked for
  GstClockTime next = 0;                                // streaming thread: when the next frame is due
  SwsContext* scaler = nullptr;                         // streaming thread
};

struct Scaler {
  GstVideoFilter parent;
  State* state;
};
struct ScalerClass {
  GstVideoFilterClass parent;
};

enum : guint { prop_width = 1, prop_height, prop_fps };

GstBaseTransformClass* parent_class = nullptr;
State& state_of(gpointer self) {
  return *static_cast<Scaler*>(self)->state;
}

void set_property(GObject* self, guint id, const GValue* value, GParamSpec*) noexcept {
  State& state = state_of(self);
  if (id == prop_width) state.width = g_value_get_int(value);
  if (id == prop_height) state.height = g_value_get_int(value);
  if (id == prop_fps) {
    state.fps_den = gst_value_get_fraction_denominator(value);
    state.fps_num = gst_value_get_fraction_numerator(value);
  }
  gst_base_transform_reconfigure_src(GST_BASE_TRANSFORM(self));
}

void get_property(GObject* self, guint id, GValue* value, GParamSpec*) noexcept {
  const State& state = state_of(self);
  if (id == prop_width) g_value_set_int(value, state.width);
  if (id == prop_height) g_value_set_int(value, state.height);
  if (id == prop_fps) gst_value_set_fraction(value, state.fps_num, state.fps_den);
}

// Encoders share their bits out by the rate in the caps, so a lowered rate must be said there.
void set_rate(const State& state, GstPadDirection direction, GstStructure* structure) {
  const int num = state.fps_num, den = state.fps_den;
  if (num == 0 || !gst_structure_has_field(structure, "framerate")) return;
  if (direction == GST_PAD_SRC)
    return gst_structure_set(structure, "framerate", GST_TYPE_FRACTION_RANGE, 0, 1, G_MAXINT, 1, nullptr);
  int in_num = 0, in_den = 1;
  if (gst_structure_get_fraction(structure, "framerate", &in_num, &in_den) &&
      gst_util_fraction_compare(in_num, in_den, num, den) > 0)
    gst_structure_set(structure, "framerate", GST_TYPE_FRACTION, num, den, nullptr);
}

// Any size in, any size out; the rest of the caps stays.
GstCaps* transform_caps(GstBaseTransform* self, GstPadDirection direction, GstCaps* caps, GstCaps* filter) noexcept {
  GstCaps* out = gst_caps_copy(caps);
  for (guint i = 0; i < gst_caps_get_size(out); ++i) {
    GstStructure* structure = gst_caps_get_structure(out, i);
    gst_structure_set(structure, "width", GST_TYPE_INT_RANGE, 2, G_MAXINT, "height", GST_TYPE_INT_RANGE, 2, G_MAXINT, nullptr);
    set_rate(state_of(self), direction, structure);
    if (gst_structure_has_field(structure, "pixel-aspect-ratio"))
      gst_structure_set(structure, "pixel-aspect-ratio", GST_TYPE_FRACTION_RANGE, 1, G_MAXINT, G_MAXINT, 1, nullptr);
  }
  if (filter) {
    GstCaps* both = gst_caps_intersect_full(filter, out, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref(out);
    out = both;
  }
  return out;
}

// The even number nearest to n * num / den.
int even(int n, guint64 num, guint64 den) {
  return static_cast<int>(std::clamp<guint64>(2 * gst_util_uint64_scale_round(static_cast<guint64>(n), num, 2 * den), 2, 16384));
}

GstCaps* fixate_caps(GstBaseTransform* self, GstPadDirection direction, GstCaps* caps, GstCaps* other) noexcept {
  GstVideoInfo in;
  if (direction != GST_PAD_SINK || !gst_video_info_from_caps(&in, caps))
    return GST_BASE_TRANSFORM_CLASS(parent_class)->fixate_caps(self, direction, caps, other);
  const State& state = state_of(self);
  const auto shape_num = static_cast<guint64>(in.width) * static_cast<guint64>(in.par_n);
  const auto shape_den = static_cast<guint64>(in.height) * static_cast<guint64>(in.par_d);
  int width = state.width, height = state.height;
  if (height == 0) height = width == 0 ? in.height & ~1 : even(width, shape_den, shape_num);
  if (width == 0) width = even(height, shape_num, shape_den);
  other = gst_caps_make_writable(gst_caps_truncate(other));
  GstStructure* structure = gst_caps_get_structure(other, 0);
  gst_structure_fixate_field_nearest_int(structure, "width", width);
  gst_structure_fixate_field_nearest_int(structure, "height", height);
  if (gst_structure_has_field(structure, "pixel-aspect-ratio"))
    gst_structure_fixate_field_nearest_fraction(structure, "pixel-aspect-ratio", 1, 1);
  return gst_caps_fixate(other);
}

// Lines that begin at 64 bytes: swscale writes others with MMX (libswscale/x86/swscale.c, yuv2yuvX), which made scaling to 854
// columns a third dearer.
gboolean decide_allocation(GstBaseTransform* self, GstQuery* query) noexcept {
  // Who does not know the meta reads the lines where the caps alone would have them. Asked first: GstBaseTransform removes it.
  const bool any_stride = gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  if (!GST_BASE_TRANSFORM_CLASS(parent_class)->decide_allocation(self, query)) return FALSE;
  if (!any_stride) return TRUE;
  GstBufferPool* found = nullptr;
  guint size = 0, least = 0, most = 0;
  gst_query_parse_nth_allocation_pool(query, 0, &found, &size, &least, &most);
  const auto pool = gst::adopt(found);
  if (!pool || !gst_buffer_pool_has_option(pool.get(), GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT)) return TRUE;
  GstVideoAlignment alignment;
  gst_video_alignment_reset(&alignment);
  std::ranges::fill(alignment.stride_align, line_alignment - 1);
  GstStructure* config = gst_buffer_pool_get_config(pool.get());
  GstAllocator* allocator = nullptr;
  GstAllocationParams params;
  gst_allocation_params_init(&params);
  gst_buffer_pool_config_get_allocator(config, &allocator, &params);
  params.align |= line_alignment - 1;
  gst_buffer_pool_config_set_allocator(config, allocator, &params);
  gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
  gst_buffer_pool_config_set_video_alignment(config, &alignment);
  gst_buffer_pool_set_config(pool.get(), config);  // a pool that will not keeps its own: lines are slower to write then
  return TRUE;
}

gboolean set_info(GstVideoFilter* self, GstCaps*, GstVideoInfo* in, GstCaps*, GstVideoInfo* out) noexcept {
  State& state = state_of(self);
  sws_freeContext(state.scaler);
  state.scaler = sws_getContext(in->width, in->height, AV_PIX_FMT_YUV420P, out->width, out->height, AV_PIX_FMT_YUV420P,
                                SWS_BILINEAR, nullptr, nullptr, nullptr);
  const bool same = in->width == out->width && in->height == out->height;
  gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(self), same);
  return state.scaler != nullptr;
}

GstFlowReturn transform_frame(GstVideoFilter* self, GstVideoFrame* in, GstVideoFrame* out) noexcept {
  std::array<const std::uint8_t*, 4> from{};
  std::array<std::uint8_t*, 4> to{};
  std::array<int, 4> from_stride{}, to_stride{};
  for (guint plane = 0; plane < 3; ++plane) {
    from[plane] = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(in, plane));
    to[plane] = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(out, plane));
    from_stride[plane] = GST_VIDEO_FRAME_PLANE_STRIDE(in, plane);
    to_stride[plane] = GST_VIDEO_FRAME_PLANE_STRIDE(out, plane);
  }
  const int height = GST_VIDEO_FRAME_HEIGHT(in);
  const int done = sws_scale(state_of(self).scaler, from.data(), from_stride.data(), 0, height, to.data(), to_stride.data());
  return done > 0 ? GST_FLOW_OK : GST_FLOW_ERROR;
}

// Before anything is scaled: is the frame due? Frames stay at their own times, so that all rungs agree on them.
GstFlowReturn submit_input_buffer(GstBaseTransform* self, gboolean discont, GstBuffer* buffer) noexcept {
  State& state = state_of(self);
  const int num = state.fps_num;
  const GstClockTime shortest = num > 0 ? gst_util_uint64_scale_int(GST_SECOND, state.fps_den, num) : 0;
  const GstClockTime t = gst_segment_to_running_time(&self->segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  if (shortest > 0 && GST_CLOCK_TIME_IS_VALID(t)) {
    GstClockTime wanted = state.kept;
    const bool asked = wanted <= t && state.kept.compare_exchange_strong(wanted, GST_CLOCK_TIME_NONE);
    // Not `discont`: GstBaseTransform sets that after each frame that was left out.
    const bool jumped = GST_BUFFER_IS_DISCONT(buffer) || t + GST_SECOND < state.next;
    // A quarter of an interval early is on time: 59.94 to 29.97 must not beat.
    if (!asked && !jumped && t + shortest / 4 < state.next) {
      gst_buffer_unref(buffer);
      return GST_BASE_TRANSFORM_FLOW_DROPPED;
    }
    state.next = asked || jumped || t > state.next + shortest ? t + shortest : state.next + shortest;
  }
  return GST_BASE_TRANSFORM_CLASS(parent_class)->submit_input_buffer(self, discont, buffer);
}

// The island asks every node by itself, so the event ends here.
gboolean src_event(GstBaseTransform* self, GstEvent* event) noexcept {
  if (!gst_video_event_is_force_key_unit(event)) return GST_BASE_TRANSFORM_CLASS(parent_class)->src_event(self, event);
  GstClockTime running = GST_CLOCK_TIME_NONE;
  gst_video_event_parse_upstream_force_key_unit(event, &running, nullptr, nullptr);
  if (GST_CLOCK_TIME_IS_VALID(running)) state_of(self).kept = running;
  gst_event_unref(event);
  return TRUE;
}

void instance_init(GTypeInstance* self, gpointer) noexcept {
  reinterpret_cast<Scaler*>(self)->state = std::make_unique<State>().release();
}

void finalize(GObject* self) noexcept {
  std::unique_ptr<State>(reinterpret_cast<Scaler*>(self)->state);
  G_OBJECT_CLASS(parent_class)->finalize(self);
}

void class_init(gpointer klass, gpointer) noexcept {
  parent_class = GST_BASE_TRANSFORM_CLASS(g_type_class_peek_parent(klass));
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_property(object, prop_width,
                                  g_param_spec_int("width", "Width", "Columns; 0: from the height", 0, 16384, 0, flags));
  g_object_class_install_property(object, prop_height,
                                  g_param_spec_int("height", "Height", "Lines; 0: from the width", 0, 16384, 0, flags));
  g_object_class_install_property(
      object, prop_fps, gst_param_spec_fraction("fps", "Frames a second", "At most; 0: all", 0, 1, G_MAXINT, 1, 0, 1, flags));

  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_set_static_metadata(element, "Scaler", "Filter/Converter/Video/Scaler",
                                        "I420 to another size by libswscale, bilinear", "rostrum");
  GstCaps* caps = gst_caps_from_string(GST_VIDEO_CAPS_MAKE("I420"));
  gst_element_class_add_pad_template(element, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template(element, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref(caps);

  auto* transform = GST_BASE_TRANSFORM_CLASS(klass);
  transform->transform_caps = transform_caps;
  transform->fixate_caps = fixate_caps;
  transform->submit_input_buffer = submit_input_buffer;
  transform->src_event = src_event;
  transform->decide_allocation = decide_allocation;
  auto* filter = GST_VIDEO_FILTER_CLASS(klass);
  filter->set_info = set_info;
  filter->transform_frame = transform_frame;
}

}  // namespace

GType scaler_type() {
  static const GType type = g_type_register_static_simple(GST_TYPE_VIDEO_FILTER, "RostrumScale", sizeof(ScalerClass), class_init,
                                                          sizeof(Scaler), instance_init, GTypeFlags{});
  return type;
}

void register_scaler() {
  static std::once_flag once;
  std::call_once(once, [] { gst_element_register(nullptr, "rostrumscale", GST_RANK_NONE, scaler_type()); });
}

}  // namespace rostrum::core
