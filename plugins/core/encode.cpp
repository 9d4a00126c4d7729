// Raw video, or audio of any kind, to a codec.
#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "core/audio_encoders.hpp"
#include "core/bin.hpp"
#include "core/decoders.hpp"
#include "core/encoders.hpp"
#include "core/kinds.hpp"

namespace rostrum::core {
namespace {

constexpr std::int64_t audio_bitrate = 128'000;

Codec codec_of(const Params& params) {
  for (const Codec codec : {Codec::hevc, Codec::aac, Codec::opus}) {
    if (name_of(codec) == params.text("codec")) return codec;
  }
  return Codec::h264;
}

Target target_of(const Params& params) {
  return {.bitrate = params.has("bitrate") ? params.integer("bitrate") : audio_bitrate,
          .threads = params.integer("threads"),
          .preset = params.text("preset")};
}

Result<GstElement*> make_video(const NodeContext& context, Codec codec) {
  const Params& params = context.params();
  const auto row = choose_video_encoder(codec, params.text("encoder"));
  if (!row) return tl::unexpected(row.error());
  Chain chain(context.node());
  // Passes through what the encoder takes; hardware takes NV12.
  chain.add("videoconvert");
  chain.require((*row)->hardware ? "video/x-raw,format=NV12" : "video/x-raw,format=I420");
  if (GstElement* encoder = chain.add((*row)->element)) apply(**row, encoder, target_of(params));
  // The profile is an encoder's choice by its output's caps.
  if (codec == Codec::h264) chain.require(fmt::format("video/x-h264,profile={}", params.text("profile")).c_str());
  if (!(*row)->parser.empty()) chain.add((*row)->parser);
  chain.require(codec == Codec::h264 ? "video/x-h264,stream-format=avc,alignment=au"
                                     : "video/x-h265,stream-format=hvc1,alignment=au");
  return chain.finish();
}

Result<GstElement*> make_audio(const NodeContext& context, Codec codec) {
  const Params& params = context.params();
  const FormatPtr input = context.input();
  Chain chain(context.node());
  if (input && input->codec == codec && !params.flag("always")) {
    chain.add("identity");
    return chain.finish();
  }
  if (input) add_decoder(chain, input->codec, 1);
  add_audio_encoder(chain, codec, target_of(params).bitrate);
  return chain.finish();
}

struct Found {
  const VideoEncoder* row;
  GstElement* element;
};
std::optional<Found> video_encoder_in(GstElement* bin) {
  for (GList* child = GST_BIN_CHILDREN(bin); child; child = child->next) {
    GstElementFactory* factory = gst_element_get_factory(GST_ELEMENT(child->data));
    for (const VideoEncoder& row : video_encoders()) {
      if (factory && std::string_view(GST_OBJECT_NAME(factory)) == row.element) return Found{&row, GST_ELEMENT(child->data)};
    }
  }
  return std::nullopt;
}

}  // namespace

Result<GstElement*> make_encode(const NodeContext& context) {
  const Codec codec = codec_of(context.params());
  return track_of(codec) == Track::video ? make_video(context, codec) : make_audio(context, codec);
}

Result<void> change_encode(GstElement* bin, std::string_view param, const Params& params) {
  const auto found = video_encoder_in(bin);
  if (param != "bitrate" || !found)
    return fail(Errc::unsupported, {}, "only the bitrate of video can be changed while it runs; start the stream anew");
  apply_bitrate(*found->row, found->element, target_of(params));
  return {};
}

std::vector<Error> check_encode(const Params& params) {
  std::vector<Error> found;
  const Codec codec = codec_of(params);
  const bool video = track_of(codec) == Track::video;
  if (video && !params.has("bitrate"))
    found.push_back({Errc::bad_param, "bitrate", fmt::format("{} needs one; write bitrate: 2500k", name_of(codec))});
  if (!gst_is_initialized()) return found;
  const auto candidates = video ? video_elements(codec, params.text("encoder")) : audio_elements(codec);
  if (candidates.empty()) {
    found.push_back({Errc::unsupported, "encoder",
                     fmt::format("{} does not encode {}; write encoder: auto", params.text("encoder"), name_of(codec))});
  } else if (std::ranges::none_of(candidates, [](const char* element) {
               return static_cast<bool>(gst::adopt(gst_element_factory_find(element)));
             })) {
    found.push_back(gst::missing(fmt::format("{}", fmt::join(candidates, "|"))));
    found.back().where = video ? "encoder" : "codec";
  }
  return found;
}

}  // namespace rostrum::core
