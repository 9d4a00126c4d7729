#include "core/audio_encoders.hpp"

#include <algorithm>
#include <array>

#include <gst/audio/audio.h>

namespace rostrum::core {
namespace {

struct AudioEncoder {
  Codec codec;
  const char* element;
  const char* takes;
  int priming;  // samples that it puts before the first, which its timestamps do not tell
};

// libavcodec's AAC encoder begins with a frame of silence, and avenc_aac gives that frame the time of the first sample: 21 ms
// late at 48 kHz. opusenc tells its pre-skip by a clipping meta and cuts the first frame's duration.
constexpr std::array encoders{
    AudioEncoder{Codec::aac, "avenc_aac", "audio/x-raw,rate={48000,44100,32000,24000,22050,16000},channels=[1,6]", 1024},
    AudioEncoder{Codec::opus, "opusenc", "audio/x-raw,rate=48000,channels=[1,8]", 0},
};

int rate_of(GstPad* pad) {
  const auto caps = gst::adopt(gst_pad_get_current_caps(pad));
  int rate = 0;
  if (caps) gst_structure_get_int(gst_caps_get_structure(caps.get(), 0), "rate", &rate);
  return rate > 0 ? rate : 48000;
}

GstPadProbeReturn take_priming(GstPad* pad, GstPadProbeInfo* info, gpointer data) noexcept {
  const auto nanoseconds = [pad](std::uint64_t samples) {
    return samples ? gst_util_uint64_scale_int(samples, GST_SECOND, rate_of(pad)) : 0;
  };
  GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  info->data = buffer;
  const GstClockTime priming = nanoseconds(static_cast<std::uint64_t>(static_cast<const AudioEncoder*>(data)->priming));
  // Where the source begins at zero, the frame that holds priming alone has no time to be at.
  if (GST_BUFFER_PTS(buffer) < priming) return GST_PAD_PROBE_DROP;
  const GstAudioClippingMeta* meta = gst_buffer_get_audio_clipping_meta(buffer);
  const GstClockTime clipped = meta ? std::min(nanoseconds(meta->start), GST_BUFFER_PTS(buffer)) : 0;
  GST_BUFFER_PTS(buffer) -= priming + clipped;
  GST_BUFFER_DTS(buffer) = GST_BUFFER_PTS(buffer);
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) GST_BUFFER_DURATION(buffer) += clipped;
  return GST_PAD_PROBE_OK;
}

}  // namespace

GstElement* add_audio_encoder(Chain& chain, Codec codec, std::int64_t bitrate) {
  for (const AudioEncoder& row : encoders) {
    if (row.codec != codec) continue;
    chain.add("audioconvert");
    chain.add("audioresample");
    chain.require(row.takes);
    GstElement* encoder = chain.add(row.element);
    if (!encoder) return nullptr;
    gst_util_set_object_arg(G_OBJECT(encoder), "bitrate", std::to_string(bitrate).c_str());
    // Timestamps of a millisecond's resolution wobble around the sample count; a real jump is more than half of what a viewer
    // notices.
    g_object_set(encoder, "tolerance", gint64{10 * GST_MSECOND}, nullptr);
    gst_pad_add_probe(gst::adopt(gst_element_get_static_pad(encoder, "src")).get(), GST_PAD_PROBE_TYPE_BUFFER, take_priming,
                      const_cast<AudioEncoder*>(&row), nullptr);
    return encoder;
  }
  return nullptr;
}

std::vector<const char*> audio_elements(Codec codec) {
  std::vector<const char*> elements;
  for (const AudioEncoder& row : encoders) {
    if (row.codec == codec) elements.push_back(row.element);
  }
  return elements;
}

}  // namespace rostrum::core
