#include "pipeline/caps.hpp"

#include <array>
#include <memory>
#include <optional>

#include <fmt/core.h>
#include <gst/pbutils/pbutils.h>

namespace rostrum::pipeline {
namespace {

void set_config(GstCaps* caps, const Bytes& config) {
  if (config.empty()) return;
  const auto buffer = buffer_of(config);
  gst_caps_set_simple(caps, "codec_data", GST_TYPE_BUFFER, buffer.get(), nullptr);
}

// The body of dOps, Opus in ISOBMFF 4.3.2.
gst::Ref<GstCaps> opus_caps(const Format& format) {
  Reader dops(format.config);
  dops.skip(1);
  const auto channels = dops.u8();
  dops.skip(2 + 4 + 2);
  const auto family = dops.u8();
  if (family == 0 || !dops.ok())
    return gst::adopt(gst_caps_new_simple("audio/x-opus", "rate", G_TYPE_INT, 48000, "channels", G_TYPE_INT,
                                          channels ? int{channels} : format.channels, "channel-mapping-family", G_TYPE_INT, 0,
                                          nullptr));
  const auto streams = dops.u8();
  const auto coupled = dops.u8();
  const auto mapping = dops.take(channels);
  return gst::adopt(gst_codec_utils_opus_create_caps(48000, channels, family, streams, coupled,
                                                     reinterpret_cast<const guint8*>(mapping.data())));
}

Bytes opus_config(const GstCaps* caps) {
  guint32 rate = 48000;
  guint8 channels = 2, family = 0, streams = 1, coupled = 1;
  std::array<guint8, 256> mapping{};
  if (!gst_codec_utils_opus_parse_caps(const_cast<GstCaps*>(caps), &rate, &channels, &family, &streams, &coupled, mapping.data()))
    return {};
  guint16 pre_skip = 0;
  gint16 gain = 0;
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  if (const GValue* headers = gst_structure_get_value(structure, "streamheader");
      headers && GST_VALUE_HOLDS_ARRAY(headers) && gst_value_array_get_size(headers) > 0) {
    GstBuffer* head = gst_value_get_buffer(gst_value_array_get_value(headers, 0));
    guint8 c, f, s, p;
    std::array<guint8, 256> m{};
    gst_codec_utils_opus_parse_header(head, &rate, &c, &f, &s, &p, m.data(), &pre_skip, &gain);
  }
  Writer dops;
  dops.u8(0).u8(channels).u16(pre_skip).u32(rate).u16(static_cast<std::uint16_t>(gain)).u8(family);
  if (family != 0) dops.u8(streams).u8(coupled).bytes(std::as_bytes(std::span(mapping.data(), channels)));
  return Bytes(dops.take());
}

struct Row {
  Codec codec;
  const char* media;
  const char* rest;  // fields that our framing asks for
};
constexpr std::array rows{
    Row{Codec::h264, "video/x-h264", "stream-format=(string)avc,alignment=(string)au"},
    Row{Codec::hevc, "video/x-h265", "stream-format=(string)hvc1,alignment=(string)au"},
    Row{Codec::av1, "video/x-av1", "stream-format=(string)obu-stream,alignment=(string)tu"},
    Row{Codec::vp8, "video/x-vp8", ""},
    Row{Codec::vp9, "video/x-vp9", ""},
    Row{Codec::aac, "audio/mpeg", "mpegversion=(int)4,stream-format=(string)raw,framed=(boolean)true"},
    Row{Codec::mp3, "audio/mpeg", "mpegversion=(int)1,layer=(int)3,parsed=(boolean)true"},
    Row{Codec::opus, "audio/x-opus", ""},
};

std::string text_of(const Row& row, bool output) {
  std::string text = row.media;
  if (output && row.codec == Codec::aac) return text + ",mpegversion=(int)4,stream-format=(string)raw";
  if (output && row.codec == Codec::mp3) return text + ",mpegversion=(int)1,layer=(int)3";
  return *row.rest ? text + "," + row.rest : text;
}

std::optional<Codec> codec_of(const GstStructure* structure) {
  const bool layered = gst_structure_has_field(structure, "layer");
  for (const Row& row : rows) {
    if (!gst_structure_has_name(structure, row.media)) continue;
    if ((row.codec == Codec::aac && layered) || (row.codec == Codec::mp3 && !layered)) continue;
    return row.codec;
  }
  return std::nullopt;
}

}  // namespace

gst::Ref<GstCaps> caps_of(const Format& format) {
  if (format.codec == Codec::opus) return opus_caps(format);
  gst::Ref<GstCaps> caps;
  for (const Row& row : rows) {
    if (row.codec == format.codec) caps = gst::adopt(gst_caps_from_string(text_of(row, false).c_str()));
  }
  set_config(caps.get(), format.config);
  if (format.track() == Track::audio) {
    if (format.sample_rate > 0) gst_caps_set_simple(caps.get(), "rate", G_TYPE_INT, format.sample_rate, nullptr);
    if (format.channels > 0) gst_caps_set_simple(caps.get(), "channels", G_TYPE_INT, format.channels, nullptr);
    return caps;
  }
  if (format.width > 0 && format.height > 0)
    gst_caps_set_simple(caps.get(), "width", G_TYPE_INT, format.width, "height", G_TYPE_INT, format.height, nullptr);
  if (format.frame_rate.known())
    gst_caps_set_simple(caps.get(), "framerate", GST_TYPE_FRACTION, static_cast<int>(format.frame_rate.num),
                        static_cast<int>(format.frame_rate.den), nullptr);
  return caps;
}

gst::Ref<GstCaps> encoded_caps() {
  std::string text;
  for (const Row& row : rows) text += (text.empty() ? "" : "; ") + text_of(row, true);
  return gst::adopt(gst_caps_from_string(text.c_str()));
}

Result<FormatPtr> format_of(const GstCaps* caps) {
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  const auto codec = codec_of(structure);
  if (!codec)
    return fail(Errc::unsupported, {}, fmt::format("{} is no codec that rostrum carries", gst_structure_get_name(structure)));
  Bytes config;
  if (*codec == Codec::opus) {
    config = opus_config(caps);
  } else if (const GValue* data = gst_structure_get_value(structure, "codec_data")) {
    config = bytes_of(gst_value_get_buffer(data));
  }
  auto described = describe(*codec, std::move(config));
  if (!described) return described;
  Format format = **described;
  gst_structure_get_int(structure, "width", &format.width);
  gst_structure_get_int(structure, "height", &format.height);
  int num = 0, den = 1;
  if (gst_structure_get_fraction(structure, "framerate", &num, &den) && num > 0) format.frame_rate = {num, den};
  if (format.track() == Track::audio && format.sample_rate == 0) gst_structure_get_int(structure, "rate", &format.sample_rate);
  if (format.track() == Track::audio && format.channels == 0) gst_structure_get_int(structure, "channels", &format.channels);
  return std::make_shared<const Format>(std::move(format));
}

bool same(const Format& a, const Format& b) {
  return a.codec == b.codec && a.config == b.config && a.width == b.width && a.height == b.height &&
         a.frame_rate == b.frame_rate && a.sample_rate == b.sample_rate && a.channels == b.channels;
}

gst::Ref<GstBuffer> buffer_of(const Bytes& bytes) {
  auto owner = std::make_unique<Bytes>(bytes);
  auto* data = const_cast<std::byte*>(owner->data());  // read-only memory: GStreamer copies before it writes
  const auto size = owner->size();
  return gst::adopt(
      gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, data, size, 0, size, owner.release(),
                                  [](gpointer held) noexcept { std::unique_ptr<Bytes>(static_cast<Bytes*>(held)); }));
}

Bytes bytes_of(GstBuffer* buffer) {
  struct Mapped {
    explicit Mapped(GstBuffer* b) : buffer(gst_buffer_ref(b)) { ok = gst_buffer_map(buffer, &info, GST_MAP_READ); }
    ~Mapped() {
      if (ok) gst_buffer_unmap(buffer, &info);
      gst_buffer_unref(buffer);
    }
    Mapped(const Mapped&) = delete;
    Mapped& operator=(const Mapped&) = delete;
    GstBuffer* buffer;
    GstMapInfo info{};
    bool ok = false;
  };
  auto mapped = std::make_shared<Mapped>(buffer);
  if (!mapped->ok) return {};
  const ByteView view = std::as_bytes(std::span(mapped->info.data, mapped->info.size));
  return {std::move(mapped), view};
}

}  // namespace rostrum::pipeline
