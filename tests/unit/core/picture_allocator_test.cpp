#include <algorithm>

#include <doctest/doctest.h>
#include <gst/app/app.h>
#include <gst/video/video.h>
#include <rostrum/gst.hpp>

#include "core/decoders.hpp"
#include "core/picture_allocator.hpp"
#include "pipeline/runtime.hpp"

using namespace rostrum;

namespace {

constexpr gsize size = 4096;

gst::Ref<GstBuffer> picture(GstAllocator* allocator) {
  auto buffer = gst::adopt(gst_buffer_new_allocate(allocator, size, nullptr));
  REQUIRE(buffer);
  gst_buffer_memset(buffer.get(), 0, 7, size);
  return buffer;
}

/// A mapping, as a decoder has one of what it refers to.
class Mapped {
 public:
  Mapped(GstBuffer* buffer, GstMapFlags flags) : buffer_(buffer) { REQUIRE(gst_buffer_map(buffer, &info_, flags)); }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  ~Mapped() { gst_buffer_unmap(buffer_, &info_); }
  [[nodiscard]] const guint8* data() const { return info_.data; }
  void fill(guint8 value) const { std::fill_n(info_.data, info_.size, value); }
  [[nodiscard]] bool all(guint8 value) const {
    return std::all_of(info_.data, info_.data + info_.size, [&](guint8 b) { return b == value; });
  }

 private:
  GstBuffer* buffer_;
  GstMapInfo info_{};
};

}  // namespace

TEST_CASE("core: what a decoder still has mapped for writing is handed on without a copy, and nobody writes in it") {
  REQUIRE(pipeline::initialise());
  const auto allocator = core::make_picture_allocator();
  auto kept = picture(allocator.get());
  auto handed_on = [&] {
    const Mapped decoder(kept.get(), GST_MAP_READWRITE);
    auto copy = gst::adopt(gst_buffer_copy(kept.get()));
    const Mapped reader(copy.get(), GST_MAP_READ);
    CHECK(reader.data() == decoder.data());
    return copy;
  }();
  {
    const Mapped writer(handed_on.get(), GST_MAP_WRITE);
    writer.fill(9);
  }
  CHECK(Mapped(handed_on.get(), GST_MAP_READ).all(9));
  CHECK(Mapped(kept.get(), GST_MAP_READ).all(7));
}

TEST_CASE("core: the next picture in the same memory leaves the views of this one alone") {
  REQUIRE(pipeline::initialise());
  const auto allocator = core::make_picture_allocator();
  auto memory = picture(allocator.get());
  auto handed_on = [&] {
    const Mapped decoder(memory.get(), GST_MAP_READWRITE);
    return gst::adopt(gst_buffer_copy(memory.get()));
  }();
  const guint8* first = nullptr;
  {
    const Mapped next(memory.get(), GST_MAP_READWRITE);
    first = next.data();
    next.fill(9);
  }
  CHECK(Mapped(handed_on.get(), GST_MAP_READ).all(7));
  handed_on.reset();
  CHECK(Mapped(memory.get(), GST_MAP_READWRITE).data() == first);
  CHECK(Mapped(memory.get(), GST_MAP_READ).all(9));
}

TEST_CASE("core: a picture that is mapped twice stays where it is, whoever has a view of it") {
  REQUIRE(pipeline::initialise());
  const auto allocator = core::make_picture_allocator();
  auto kept = picture(allocator.get());
  const Mapped decoder(kept.get(), GST_MAP_READWRITE);
  auto handed_on = gst::adopt(gst_buffer_copy(kept.get()));
  const Mapped again(kept.get(), GST_MAP_READWRITE);
  CHECK(again.data() == decoder.data());
  handed_on.reset();
  CHECK(decoder.all(7));
}

TEST_CASE("core: a picture's view has its bytes when the picture is gone") {
  REQUIRE(pipeline::initialise());
  const auto allocator = core::make_picture_allocator();
  auto kept = picture(allocator.get());
  gst_buffer_memset(kept.get(), size / 2, 5, size / 4);
  const auto third_quarter = gst::adopt(gst_buffer_copy_region(kept.get(), GST_BUFFER_COPY_ALL, size / 2, size / 4));
  kept.reset();
  picture(allocator.get());
  CHECK(gst_buffer_get_size(third_quarter.get()) == size / 4);
  CHECK(Mapped(third_quarter.get(), GST_MAP_READ).all(5));
}

TEST_CASE("core: a copy of what is not mapped for writing is a copy") {
  REQUIRE(pipeline::initialise());
  const auto allocator = core::make_picture_allocator();
  const auto kept = picture(allocator.get());
  const auto own = gst::adopt(gst_buffer_copy_deep(kept.get()));
  CHECK(Mapped(own.get(), GST_MAP_READ).data() != Mapped(kept.get(), GST_MAP_READ).data());
  CHECK(gst_buffer_is_all_memory_writable(kept.get()));
  CHECK(Mapped(own.get(), GST_MAP_READ).all(7));
}

TEST_CASE("core: pictures leave the decoder as views of what it refers to") {
  REQUIRE(pipeline::initialise());
  GError* error = nullptr;
  const auto pipeline =
      gst::sink(gst_parse_launch("videotestsrc num-buffers=20 ! video/x-raw,format=I420,width=320,height=180 ! "
                                 "x264enc tune=zerolatency ! h264parse ! identity name=to "
                                 "videoscale name=from ! video/x-raw,width=160,height=90 ! appsink name=out sync=false",
                                 &error));
  REQUIRE(error == nullptr);
  core::Chain chain("decoder");
  REQUIRE(core::add_decoder(chain, Codec::h264, 1));
  GstElement* bin = *chain.finish();
  gst_bin_add(GST_BIN(pipeline.get()), bin);
  const auto to = gst::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "to"));
  const auto from = gst::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "from"));
  const auto out = gst::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  REQUIRE(gst_element_link_pads(to.get(), "src", bin, "in"));
  REQUIRE(gst_element_link_pads(bin, "out", from.get(), "sink"));
  struct Seen {
    int pictures = 0, views = 0;
  } seen;
  gst_pad_add_probe(
      gst::adopt(gst_element_get_static_pad(from.get(), "sink")).get(), GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer self) noexcept {
        GstMemory* memory = gst_buffer_peek_memory(GST_PAD_PROBE_INFO_BUFFER(info), 0);
        auto& counted = *static_cast<Seen*>(self);
        ++counted.pictures;
        counted.views += gst_memory_is_type(memory, "RostrumPicture") && GST_MEMORY_IS_READONLY(memory);
        return GST_PAD_PROBE_OK;
      },
      &seen, nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  while (gst::adopt(gst_app_sink_try_pull_sample(GST_APP_SINK(out.get()), 5 * GST_SECOND))) {
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  CHECK(seen.pictures == 20);
  CHECK(seen.views >= 19);  // the last one may have been given up already
}
