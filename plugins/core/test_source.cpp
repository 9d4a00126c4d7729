// A source without a publisher: a moving picture with clock, frame counter and a flash, and a beep in step with it.
#include <algorithm>

#include <fmt/core.h>
#include <gst/video/video.h>
#include <rostrum/gst.hpp>

#include "core/kinds.hpp"
#include "core/test_picture.hpp"

namespace rostrum::core {
namespace {

constexpr int sample_rate = 48000;
constexpr int samples_per_buffer = 480;

Plane plane_of(GstVideoFrame& frame, guint index) {
  return {.data = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, index)),
          .stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, index),
          .width = GST_VIDEO_FRAME_COMP_WIDTH(&frame, index),
          .height = GST_VIDEO_FRAME_COMP_HEIGHT(&frame, index)};
}

void flash(GstVideoFrame& frame) {
  for (guint index = 0; index < 3; ++index) {
    const Plane plane = plane_of(frame, index);
    fill(plane, plane.width * 3 / 8, plane.height * 3 / 8, plane.width / 4, plane.height / 4, index == 0 ? 235 : 128);
  }
}

// The clock shows the source's own time: what a viewer sees and hears can be compared with it.
GstPadProbeReturn paint(GstPad* pad, GstPadProbeInfo* info, gpointer) noexcept {
  const auto caps = gst::adopt(gst_pad_get_current_caps(pad));
  GstVideoInfo video;
  if (!caps || !gst_video_info_from_caps(&video, caps.get())) return GST_PAD_PROBE_OK;
  GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  info->data = buffer;
  GstVideoFrame frame;
  if (!gst_video_frame_map(&frame, &video, buffer, GST_MAP_READWRITE)) return GST_PAD_PROBE_OK;
  const GstClockTime t = GST_BUFFER_PTS(buffer);
  if (t % GST_SECOND < static_cast<GstClockTime>(flash_ns)) flash(frame);
  const int dot = std::max(1, video.height / 120);
  const auto ms = t / GST_MSECOND;
  const auto number = gst_util_uint64_scale_round(t, video.fps_n, GST_SECOND * video.fps_d);
  const auto clock = fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
  write(plane_of(frame, 0), 4 * dot, 4 * dot, dot, clock);
  write(plane_of(frame, 0), 4 * dot, 15 * dot, dot, fmt::format("{:08}", number));
  gst_video_frame_unmap(&frame);
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn sound(GstPad*, GstPadProbeInfo* info, gpointer) noexcept {
  GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  info->data = buffer;
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_WRITE)) return GST_PAD_PROBE_OK;
  GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_GAP);  // audiotestsrc marks its silence; converters would not look at the samples
  const auto first = gst_util_uint64_scale_round(GST_BUFFER_PTS(buffer), sample_rate, GST_SECOND);
  beep({reinterpret_cast<std::int16_t*>(map.data), map.size / 2}, static_cast<std::int64_t>(first), sample_rate);
  gst_buffer_unmap(buffer, &map);
  return GST_PAD_PROBE_OK;
}

/// One track: a source, its caps, what is added to it, and a queue that lets a slow graph lose pictures instead of time.
Result<GstElement*> add_track(GstElement* bin, const char* port, const char* factory, const std::string& text,
                              GstPadProbeCallback added, bool paced) {
  auto source = gst::make(factory);
  auto filter = gst::make("capsfilter");
  auto queue = gst::make("queue");
  for (const auto* made : {&source, &filter, &queue}) {
    if (!*made) return tl::unexpected(made->error());
  }
  const auto caps = gst::adopt(gst_caps_from_string(text.c_str()));
  g_object_set(filter->get(), "caps", caps.get(), nullptr);
  g_object_set(source->get(), "is-live", paced ? TRUE : FALSE, nullptr);
  g_object_set(queue->get(), "max-size-buffers", 8U, "max-size-bytes", 0U, "max-size-time", guint64{0}, nullptr);
  if (paced) gst_util_set_object_arg(G_OBJECT(queue->get()), "leaky", "downstream");
  gst_bin_add_many(GST_BIN(bin), source->get(), filter->get(), queue->get(), nullptr);
  gst_element_link_many(source->get(), filter->get(), queue->get(), nullptr);
  gst_pad_add_probe(gst::adopt(gst_element_get_static_pad(filter->get(), "src")).get(), GST_PAD_PROBE_TYPE_BUFFER, added, nullptr,
                    nullptr);
  gst_element_add_pad(bin, gst_ghost_pad_new(port, gst::adopt(gst_element_get_static_pad(queue->get(), "src")).get()));
  return source->get();
}

}  // namespace

Result<GstElement*> make_test(const NodeContext& context) {
  const Params& params = context.params();
  const Size size = params.size("size");
  const Rational rate = params.rate("rate");
  const auto duration = static_cast<GstClockTime>(params.duration("duration").count());
  const bool paced = params.flag("paced");
  auto bin = gst::sink(gst_bin_new(context.node().c_str()));
  const auto video = add_track(bin.get(), "video", "videotestsrc",
                               fmt::format("video/x-raw,format=I420,width={},height={},framerate={}/{},pixel-aspect-ratio=1/1",
                                           size.width, size.height, rate.num, rate.den),
                               paint, paced);
  if (!video) return video;
  gst_util_set_object_arg(G_OBJECT(*video), "pattern", params.text("pattern").c_str());
  const auto audio = add_track(bin.get(), "audio", "audiotestsrc",
                               fmt::format("audio/x-raw,format=S16LE,rate={},channels=1", sample_rate), sound, paced);
  if (!audio) return audio;
  gst_util_set_object_arg(G_OBJECT(*audio), "wave", "silence");
  g_object_set(*audio, "samplesperbuffer", samples_per_buffer, nullptr);
  if (duration > 0) {
    const auto frames =
        gst_util_uint64_scale_ceil(duration, static_cast<guint64>(rate.num), static_cast<guint64>(rate.den) * GST_SECOND);
    const auto buffers = gst_util_uint64_scale_ceil(duration, sample_rate, samples_per_buffer * GST_SECOND);
    g_object_set(*video, "num-buffers", static_cast<int>(std::min<guint64>(frames, G_MAXINT)), nullptr);
    g_object_set(*audio, "num-buffers", static_cast<int>(std::min<guint64>(buffers, G_MAXINT)), nullptr);
  }
  GstElement* element = bin.release();
  g_object_force_floating(G_OBJECT(element));
  return element;
}

}  // namespace rostrum::core
