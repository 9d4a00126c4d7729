// A third party's node kind: a caption burnt into raw video, as one row and one exported symbol.
#include <array>

#include <rostrum/plugin.hpp>

using namespace rostrum;

constexpr std::array ports{PortInfo{"in", Direction::in, Media::raw_video}, PortInfo{"out", Direction::out, Media::raw_video}};
constexpr std::array params{ParamInfo{"text", Type::string, "LIVE", "overlay.text", "caption burnt into every frame"}};
constexpr std::array kinds{KindInfo{.name = "acme.watermark",
                                    .role = Role::filter,
                                    .summary = "burns a caption into raw video",
                                    .ports = ports,
                                    .params = params,
                                    .launch = "videoconvert ! textoverlay name=overlay"}};
ROSTRUM_PLUGIN("acme", "1.0.0", kinds)
