// Encoded frames to raw media: a decoder by the codec, I420 for video.
#include <array>

#include "core/bin.hpp"
#include "core/decoders.hpp"
#include "core/kinds.hpp"
#include "core/picture_allocator.hpp"

namespace rostrum::core {
namespace {

struct Decoder {
  Codec codec;
  std::string_view factories;
};
constexpr std::array decoders{
    Decoder{Codec::h264, "avdec_h264|openh264dec"}, Decoder{Codec::hevc, "avdec_h265"},
    Decoder{Codec::av1, "dav1ddec|av1dec"},         Decoder{Codec::vp8, "vp8dec|avdec_vp8"},
    Decoder{Codec::vp9, "vp9dec|avdec_vp9"},        Decoder{Codec::aac, "avdec_aac|faad|fdkaacdec"},
    Decoder{Codec::opus, "opusdec|avdec_opus"},     Decoder{Codec::mp3, "mpg123audiodec|avdec_mp3"},
};

const char* factory_of(GstElement* element) {
  return gst_plugin_feature_get_name(GST_PLUGIN_FEATURE(gst_element_get_factory(element)));
}

}  // namespace

GstElement* add_decoder(Chain& chain, Codec codec, int threads) {
  for (const Decoder& row : decoders) {
    if (row.codec != codec) continue;
    GstElement* decoder = chain.add(row.factories);
    // avdec_*: frame threads would hold a frame back each.
    for (const char* property : {"max-threads", "threads", "n-threads"}) {
      if (decoder && g_object_class_find_property(G_OBJECT_GET_CLASS(decoder), property))
        gst_util_set_object_arg(G_OBJECT(decoder), property, std::to_string(threads).c_str());
    }
    if (decoder && track_of(codec) == Track::video && g_str_has_prefix(factory_of(decoder), "avdec_")) offer_pictures(decoder);
    return decoder;
  }
  return nullptr;
}

Result<GstElement*> make_decode(const NodeContext& context) {
  const FormatPtr format = context.input();
  if (!format) return fail(Errc::unsupported, {}, "reads raw media, which needs no decode; read the node before it");
  Chain chain(context.node());
  add_decoder(chain, format->codec, static_cast<int>(context.params().integer("threads")));
  if (format->track() == Track::video) {
    // Passes through what is I420 already, as nearly all sources are.
    chain.add("videoconvert");
    chain.require("video/x-raw,format=I420");
  }
  return chain.finish();
}

}  // namespace rostrum::core
