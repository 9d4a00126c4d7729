#include <array>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <gst/app/app.h>
#include <gst/video/video.h>
#include <rostrum/gst.hpp>

#include "core/scaler.hpp"
#include "pipeline/runtime.hpp"

using namespace rostrum;

namespace {

struct Scaled {
  int width = 0, height = 0, par_n = 0, par_d = 0;
  Rational rate;
  std::size_t frames = 0;
  int centre = 0;  // luma
};

Scaled scaled(const std::string& source, const std::string& settings) {
  REQUIRE(pipeline::initialise());
  core::register_scaler();
  GError* error = nullptr;
  auto line = fmt::format(
      "videotestsrc pattern=white num-buffers=60 ! video/x-raw,format=I420,{} ! rostrumscale name=scaler {} ! appsink name=out "
      "sync=false",
      source, settings);
  auto pipeline = gst::sink(gst_parse_launch(line.c_str(), &error));
  REQUIRE(error == nullptr);
  auto out = gst::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  Scaled result;
  while (auto sample = gst::adopt(gst_app_sink_try_pull_sample(GST_APP_SINK(out.get()), 5 * GST_SECOND))) {
    GstVideoInfo info;
    gst_video_info_from_caps(&info, gst_sample_get_caps(sample.get()));
    GstVideoFrame frame;
    REQUIRE(gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample.get()), GST_MAP_READ));
    const auto* luma = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
    const int centre = luma[info.height / 2 * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0) + info.width / 2];
    gst_video_frame_unmap(&frame);
    result = {info.width, info.height, info.par_n, info.par_d, {info.fps_n, info.fps_d}, result.frames + 1, centre};
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return result;
}

}  // namespace

TEST_CASE("core: the scaler keeps the shape, with even sides and square pixels") {
  struct Row {
    const char* source;
    const char* settings;
    int width, height;
  };
  constexpr std::array rows{
      Row{"width=1280,height=720,framerate=30/1", "height=480", 854, 480},
      Row{"width=1280,height=720,framerate=30/1", "height=360", 640, 360},
      Row{"width=1280,height=720,framerate=30/1", "width=426", 426, 240},
      Row{"width=1280,height=720,framerate=30/1", "height=1080", 1920, 1080},
      Row{"width=720,height=1280,framerate=30/1", "height=640", 360, 640},
      Row{"width=720,height=576,framerate=25/1,pixel-aspect-ratio=16/11", "height=288", 524, 288},
      Row{"width=640,height=480,framerate=30/1", "width=320,height=180", 320, 180},
      Row{"width=640,height=360,framerate=30/1", "", 640, 360},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source);
    CAPTURE(row.settings);
    std::string settings = row.settings;
    if (const auto comma = settings.find(','); comma != std::string::npos) settings[comma] = ' ';
    const Scaled out = scaled(row.source, settings);
    CHECK(out.width == row.width);
    CHECK(out.height == row.height);
    CHECK(out.par_n == out.par_d);
    CHECK(out.frames == 60);
    CHECK(out.centre >= 230);
  }
}

TEST_CASE("core: a lower frame rate leaves frames out and says so") {
  const Scaled half = scaled("width=320,height=180,framerate=60000/1001", "height=90 fps=30000/1001");
  CHECK(half.frames == 30);
  CHECK(half.rate == Rational{30000, 1001});
  CHECK(scaled("width=320,height=180,framerate=30/1", "height=90 fps=60").frames == 60);
  const Scaled third = scaled("width=320,height=180,framerate=30/1", "height=90 fps=20");
  CHECK(third.frames == 40);
}

TEST_CASE("core: scaled lines begin at 64 bytes where the reader takes any stride") {
  REQUIRE(pipeline::initialise());
  core::register_scaler();
  auto pipeline = gst::sink(gst_parse_launch(
      "videotestsrc num-buffers=2 ! video/x-raw,format=I420,width=1280,height=720,framerate=30/1 ! "
      "rostrumscale name=scaler height=480 ! x264enc speed-preset=ultrafast tune=zerolatency ! fakesink name=sink sync=false",
      nullptr));
  REQUIRE(pipeline);
  struct Lines {
    int frames = 0, astray = 0;
  } lines;
  const auto scaler = gst::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "scaler"));
  const auto out = gst::adopt(gst_element_get_static_pad(scaler.get(), "src"));
  gst_pad_add_probe(
      out.get(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad* pad, GstPadProbeInfo* info, gpointer data) noexcept {
        auto& seen = *static_cast<Lines*>(data);
        const auto caps = gst::adopt(gst_pad_get_current_caps(pad));
        GstVideoInfo format;
        gst_video_info_from_caps(&format, caps.get());
        GstVideoFrame frame;
        if (!gst_video_frame_map(&frame, &format, GST_PAD_PROBE_INFO_BUFFER(info), GST_MAP_READ)) return GST_PAD_PROBE_OK;
        ++seen.frames;
        for (guint plane = 0; plane < 3; ++plane) {
          const auto begin = reinterpret_cast<std::uintptr_t>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane));
          if (begin % 64 != 0 || GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane) % 64 != 0) ++seen.astray;
        }
        gst_video_frame_unmap(&frame);
        return GST_PAD_PROBE_OK;
      },
      &lines, nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const auto bus = gst::adopt(gst_element_get_bus(pipeline.get()));
  const auto end = gst::adopt(
      gst_bus_timed_pop_filtered(bus.get(), 10 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  CHECK(lines.frames == 2);
  CHECK(lines.astray == 0);
}
