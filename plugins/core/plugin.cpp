// The kinds that every graph is made of: where media comes in, how it is decoded, scaled and encoded, and how a graph may end.
#include <array>

#include <rostrum/plugin.hpp>

#include "core/kinds.hpp"

namespace rostrum {
namespace {

// The codecs that publishers bring in practice, so that `check` warns of those alone; a rarer one (VP9) that a sink cannot carry
// is refused all the same when it comes.
constexpr std::array publisher_ports{
    PortInfo{.name = "video", .direction = Direction::out, .media = Media::encoded_video, .codecs = "h264|hevc|av1"},
    PortInfo{.name = "audio", .direction = Direction::out, .media = Media::encoded_audio, .codecs = "aac|opus"}};
constexpr std::array publisher_params{
    ParamInfo{.name = "linger",
              .type = Type::duration,
              .fallback = "10s",
              .meaning = "how long the stream waits for its publisher to come back",
              .minimum = "0s",
              .maximum = "1h"},
    ParamInfo{.name = "takeover",
              .type = Type::boolean,
              .fallback = "false",
              .meaning = "a second publisher on the name takes the stream over instead of being refused"},
};

constexpr std::array decode_ports{PortInfo{"in", Direction::in, Media::encoded}, PortInfo{"out", Direction::out, Media::raw}};
constexpr std::array decode_params{
    ParamInfo{.name = "threads",
              .type = Type::integer,
              .fallback = "1",
              .meaning = "threads of a video decoder; more than 1 adds a frame of delay each",
              .minimum = "1",
              .maximum = "64"},
};

constexpr std::array scale_ports{PortInfo{"in", Direction::in, Media::raw_video},
                                 PortInfo{"out", Direction::out, Media::raw_video}};
constexpr std::array scale_params{
    ParamInfo{.name = "height",
              .type = Type::integer,
              .meaning = "lines of the picture; without it they follow from the width",
              .minimum = "16",
              .maximum = "8192"},
    ParamInfo{.name = "width",
              .type = Type::integer,
              .meaning = "columns of the picture; without it they follow from the height and the source's shape",
              .minimum = "16",
              .maximum = "8192"},
    ParamInfo{.name = "fps", .type = Type::rate, .meaning = "leaves frames out above this rate; never one at a mark"},
    ParamInfo{.name = "enlarge",
              .type = Type::boolean,
              .fallback = "true",
              .meaning = "false: where the source is smaller from the start, all that reads this node is left out"},
};

constexpr ParamInfo codec_of_video{.name = "codec",
                                   .type = Type::choice,
                                   .fallback = "h264",
                                   .meaning = "what the rungs are encoded to",
                                   .choices = "h264|hevc"};
constexpr ParamInfo encoder{.name = "encoder",
                            .type = Type::choice,
                            .fallback = "auto",
                            .meaning = "which video encoder; auto takes hardware where it works, then x264, then openh264",
                            .choices = "auto|x264|x265|openh264|vaapi|nvenc"};
constexpr ParamInfo preset{.name = "preset",
                           .type = Type::choice,
                           .fallback = "veryfast",
                           .meaning = "work spent for each bit saved (x264 and x265)",
                           .choices = "ultrafast|superfast|veryfast|faster|fast|medium|slow|slower|veryslow"};
constexpr ParamInfo profile{.name = "profile",
                            .type = Type::choice,
                            .fallback = "high",
                            .meaning = "the highest H.264 profile that viewers must know",
                            .choices = "constrained-baseline|main|high"};
constexpr ParamInfo keyframes{.name = "keyframes",
                              .type = Type::duration,
                              .fallback = "2s",
                              .meaning = "the longest time between two keyframes, beside those of the source",
                              .minimum = "200ms",
                              .maximum = "1m"};
constexpr ParamInfo encoder_threads{.name = "threads",
                                    .type = Type::integer,
                                    .fallback = "1",
                                    .meaning = "threads of one video encoder",
                                    .minimum = "1",
                                    .maximum = "64"};

constexpr std::array encode_ports{
    PortInfo{"in", Direction::in, Media::raw_video | Media::raw_audio | Media::encoded_audio},
    PortInfo{"out", Direction::out, Media::encoded},
};
constexpr std::array encode_params{
    ParamInfo{
        .name = "codec", .type = Type::choice, .meaning = "what to encode to", .required = true, .choices = "h264|hevc|aac|opus"},
    ParamInfo{.name = "bitrate",
              .type = Type::bitrate,
              .meaning = "the average aimed at; needed for video, 128k for audio where it is not given",
              .minimum = "6k",
              .maximum = "500M"},
    ParamInfo{.name = "always",
              .type = Type::boolean,
              .fallback = "false",
              .meaning = "encodes audio anew even where the source already has the codec"},
    encoder,
    preset,
    profile,
    keyframes,
    encoder_threads,
};

constexpr std::array ladder_ports{PortInfo{"in", Direction::in, Media::raw_video},
                                  PortInfo{"out", Direction::out, Media::encoded_video}};
constexpr std::array rung_params{
    ParamInfo{.name = "name", .meaning = "its name after the ladder's: ladder.720p; [a-z0-9_-]+", .required = true},
    ParamInfo{.name = "height",
              .type = Type::integer,
              .meaning = "lines of the picture; a rung taller than the source is left out",
              .required = true,
              .minimum = "16",
              .maximum = "8192"},
    ParamInfo{.name = "bitrate",
              .type = Type::bitrate,
              .meaning = "the average aimed at",
              .required = true,
              .minimum = "10k",
              .maximum = "500M"},
    ParamInfo{.name = "width",
              .type = Type::integer,
              .meaning = "columns of the picture; without it they follow from the source's shape",
              .minimum = "16",
              .maximum = "8192"},
    ParamInfo{.name = "fps", .type = Type::rate, .meaning = "leaves frames out above this rate"},
};
constexpr std::array ladder_params{
    ParamInfo{
        .name = "rungs", .type = Type::list, .meaning = "the renditions, best first", .required = true, .items = rung_params},
    codec_of_video,
    encoder,
    preset,
    profile,
    keyframes,
    encoder_threads,
};

constexpr std::array test_ports{PortInfo{"video", Direction::out, Media::raw_video},
                                PortInfo{"audio", Direction::out, Media::raw_audio}};
constexpr std::array test_params{
    ParamInfo{.name = "size", .type = Type::size, .fallback = "1280x720", .meaning = "of the picture"},
    ParamInfo{.name = "rate", .type = Type::rate, .fallback = "30", .meaning = "frames a second"},
    ParamInfo{.name = "pattern",
              .type = Type::choice,
              .fallback = "smpte",
              .meaning = "what stands behind clock, frame counter and flash",
              .choices = "smpte|ball|pinwheel|spokes|gradient|snow|black"},
    ParamInfo{.name = "duration", .type = Type::duration, .fallback = "0s", .meaning = "when it ends; 0s: never"},
    ParamInfo{.name = "paced", .type = Type::boolean, .fallback = "true", .meaning = "false: as fast as the graph takes it"},
};

constexpr std::array discard_ports{PortInfo{.name = "in", .direction = Direction::in, .media = Media::any, .many = true}};

constexpr std::array kinds{
    KindInfo{.name = "publisher",
             .role = Role::source,
             .summary = "what a publisher sends, through whichever door it came",
             .ports = publisher_ports,
             .params = publisher_params},
    KindInfo{.name = "decode",
             .summary = "encoded video or audio to raw",
             .ports = decode_ports,
             .params = decode_params,
             .element = core::make_decode,
             .elements = "avdec_h264|openh264dec"},
    KindInfo{.name = "scale",
             .summary = "raw video to another size, square pixels",
             .ports = scale_ports,
             .params = scale_params,
             .element = core::make_scale},
    KindInfo{.name = "encode",
             .summary = "raw video, or audio of any kind, to a codec",
             .ports = encode_ports,
             .params = encode_params,
             .element = core::make_encode,
             .check = core::check_encode,
             .change = core::change_encode},
    KindInfo{.name = "ladder",
             .summary = "one picture in several sizes: scale and encode for each rung",
             .ports = ladder_ports,
             .params = ladder_params,
             .expand = core::expand_ladder,
             .check = core::check_ladder},
    KindInfo{.name = "test",
             .role = Role::source,
             .summary = "a moving picture with clock and frame counter; flash and beep each second",
             .ports = test_ports,
             .params = test_params,
             .element = core::make_test,
             .elements = "videotestsrc audiotestsrc"},
    KindInfo{.name = "discard",
             .role = Role::sink,
             .summary = "takes anything, counts it and lets it go",
             .ports = discard_ports,
             .element = core::make_discard_raw,
             .sink = core::make_discard},
};

}  // namespace

extern const PluginInfo core_plugin;
const PluginInfo core_plugin{.name = "core", .version = ROSTRUM_VERSION, .kinds = kinds};

}  // namespace rostrum
