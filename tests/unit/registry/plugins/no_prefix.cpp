// A plugin whose kind does not bear its name.
#include <rostrum/plugin.hpp>

using namespace rostrum;

constexpr std::array ports{PortInfo{"out", Direction::out, Media::raw_video}};
constexpr std::array kinds{KindInfo{.name = "camera", .role = Role::source, .ports = ports}};
ROSTRUM_PLUGIN("acme", "1.0.0", kinds)
