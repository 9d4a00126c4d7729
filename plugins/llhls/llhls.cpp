// The kind `llhls` as data.
#include <array>
#include <random>

#include <rostrum/plugin.hpp>

#include "llhls/packaging.hpp"

namespace rostrum {
namespace {

constexpr std::array ports{PortInfo{"in", Direction::in, Media::encoded, true, false, "h264|hevc|av1|aac|opus"}};
constexpr std::array rows{
    ParamInfo{.name = "part",
              .type = Type::duration,
              .fallback = "500ms",
              .meaning = "wished length of a part; whole frames fill it",
              .minimum = "100ms",
              .maximum = "2s"},
    ParamInfo{.name = "segment",
              .type = Type::duration,
              .fallback = "6s",
              .meaning = "longest segment; cut at the last keyframe within it",
              .minimum = "1s",
              .maximum = "60s"},
    ParamInfo{.name = "window",
              .type = Type::window,
              .fallback = "3",
              .meaning = "complete segments in a playlist, or their duration; never less than three target durations",
              .minimum = "1"},
    ParamInfo{.name = "long_gop",
              .type = Type::choice,
              .fallback = "cut",
              .meaning = "no keyframe within a segment: cut without one, or refuse the stream",
              .choices = "cut|refuse"},
    ParamInfo{.name = "prft",
              .type = Type::boolean,
              .fallback = "false",
              .meaning = "write the capture time into every part (prft box)"},
};
constexpr std::array routes{
    RouteInfo{"index.m3u8", true, true},
    RouteInfo{"*/index.m3u8"},
    RouteInfo{"*/*"},
};

std::string random_token() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device source;
  std::uniform_int_distribution<std::size_t> pick(0, letters.size() - 1);
  std::string token;
  for (int i = 0; i < 8; ++i) token += letters[pick(source)];
  return token;
}

Result<std::unique_ptr<Sink>> make(NodeContext& context) {
  llhls::Options options = llhls::options_of(context.params());
  options.token = random_token();
  return std::make_unique<llhls::Packaging>(context, std::move(options));
}

std::vector<Error> check(const Params& params) {
  const llhls::Options options = llhls::options_of(params);
  if (options.segment >= 2 * options.part) return {};
  return {{Errc::bad_param, "part", "a segment has to hold at least two parts; make `part` shorter or `segment` longer"}};
}

constexpr std::array kinds{KindInfo{.name = "llhls",
                                    .role = Role::sink,
                                    .summary = "offers its renditions as Low-Latency HLS (CMAF parts)",
                                    .ports = ports,
                                    .params = rows,
                                    .sink = make,
                                    .check = check,
                                    .routes = routes}};

}  // namespace

extern const PluginInfo llhls_plugin;
const PluginInfo llhls_plugin{plugin_abi, "llhls", ROSTRUM_VERSION, kinds, {}};

}  // namespace rostrum
