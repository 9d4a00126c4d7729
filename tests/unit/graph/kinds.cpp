#include "kinds.hpp"

#include <array>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "base/text.hpp"
#include "graph/links.hpp"

namespace rostrum::test {
namespace {

constexpr std::array publisher_ports{
    PortInfo{.name = "video", .direction = Direction::out, .media = Media::encoded_video, .codecs = "h264|hevc"},
    PortInfo{.name = "audio", .direction = Direction::out, .media = Media::encoded_audio, .codecs = "aac|opus"}};
constexpr std::array raw_source_ports{PortInfo{.name = "out", .direction = Direction::out, .media = Media::raw_video}};
constexpr std::array decode_ports{PortInfo{"in", Direction::in, Media::encoded}, PortInfo{"out", Direction::out, Media::raw}};
constexpr std::array decode_params{
    ParamInfo{.name = "threads", .type = Type::integer, .fallback = "1", .minimum = "1", .maximum = "8"}};
constexpr std::array encode_ports{PortInfo{"in", Direction::in, Media::raw_video | Media::raw_audio | Media::encoded_audio},
                                  PortInfo{"out", Direction::out, Media::encoded}};
constexpr std::array encode_params{
    ParamInfo{.name = "codec", .type = Type::choice, .required = true, .choices = "h264|aac|opus"},
    ParamInfo{.name = "bitrate", .type = Type::bitrate},
    ParamInfo{.name = "caption", .type = Type::string},
};
constexpr std::array scale_ports{PortInfo{"in", Direction::in, Media::raw_video},
                                 PortInfo{"out", Direction::out, Media::raw_video}};
constexpr std::array scale_params{ParamInfo{.name = "size", .type = Type::size}};
constexpr std::array ladder_ports{PortInfo{"in", Direction::in, Media::raw_video},
                                  PortInfo{"out", Direction::out, Media::encoded_video}};
constexpr std::array rung_params{ParamInfo{.name = "name", .required = true},
                                 ParamInfo{.name = "bitrate", .type = Type::bitrate, .required = true}};
constexpr std::array ladder_params{ParamInfo{.name = "rungs", .type = Type::list, .required = true, .items = rung_params}};
constexpr std::array mix_ports{PortInfo{"video", Direction::in, Media::raw_video},
                               PortInfo{"audio", Direction::in, Media::raw_audio},
                               PortInfo{"out", Direction::out, Media::raw_video}};
constexpr std::array hls_ports{
    PortInfo{.name = "in", .direction = Direction::in, .media = Media::encoded, .many = true, .codecs = "h264|hevc|aac|opus"}};
constexpr std::array hls_params{
    ParamInfo{.name = "part", .type = Type::duration, .fallback = "500ms", .minimum = "100ms", .maximum = "2s"},
    ParamInfo{.name = "window", .type = Type::window, .fallback = "3"},
    ParamInfo{.name = "low_latency", .type = Type::boolean, .fallback = "true"},
};
constexpr std::array whep_ports{
    PortInfo{.name = "in", .direction = Direction::in, .media = Media::encoded, .many = true, .codecs = "h264|opus"}};

Result<std::vector<NodeSpec>> expand_ladder(std::string_view name, std::span<const std::string> from, const Params& params) {
  std::vector<NodeSpec> out;
  for (const Params& rung : params.list("rungs")) {
    if (rung.text("name") == "fail") return fail(Errc::bad_param, "rungs", "a rung called fail");
    const std::string encode = fmt::format("{}.{}", name, rung.text("name"));
    out.push_back({encode + ".scale", "scale", {from.begin(), from.end()}, {}, true});
    out.push_back(
        {encode, rung.text("name") == "broken" ? "nothing" : "encode", {encode + ".scale"}, {{"codec", "h264"}}, false});
  }
  return out;
}
std::vector<Error> check_ladder(const Params& params) {
  std::vector<Error> found;
  const auto rungs = params.list("rungs");
  for (std::size_t i = 0; i < rungs.size(); ++i)
    if (rungs[i].text("name") == "odd") found.push_back({Errc::bad_param, fmt::format("rungs[{}].name", i), "odd is odd"});
  return found;
}

constexpr std::array kinds{
    KindInfo{.name = "publisher", .role = Role::source, .ports = publisher_ports},
    KindInfo{.name = "camera", .role = Role::source, .ports = raw_source_ports, .elements = "v4l2src"},
    KindInfo{.name = "decode", .ports = decode_ports, .params = decode_params},
    KindInfo{.name = "encode", .ports = encode_ports, .params = encode_params, .elements = "x264enc|openh264enc avenc_aac"},
    KindInfo{.name = "scale", .ports = scale_ports, .params = scale_params},
    KindInfo{.name = "ladder", .ports = ladder_ports, .params = ladder_params, .expand = expand_ladder, .check = check_ladder},
    KindInfo{.name = "mix", .ports = mix_ports},
    KindInfo{.name = "hls", .role = Role::sink, .ports = hls_ports, .params = hls_params},
    KindInfo{.name = "whep", .role = Role::sink, .ports = whep_ports},
};
constexpr std::array rtmp_params{ParamInfo{.name = "idle", .type = Type::duration, .fallback = "30s"}};

std::unique_ptr<Protocol> no_protocol(DoorContext&, Connection&) {
  return nullptr;
}
constexpr std::array doors{DoorInfo{.name = "rtmp", .summary = "test", .params = rtmp_params, .accept = no_protocol}};

const PluginInfo plugin{.name = "test", .version = "1", .kinds = kinds, .doors = doors};

std::string lines(const std::vector<Error>& findings) {
  std::string out;
  for (const Error& error : findings) out += (error.severity == Severity::warning ? "warning " : "") + error.message() + "\n";
  return out;
}

}  // namespace

std::unique_ptr<Registry> registry_of_kinds() {
  const std::array<const PluginInfo*, 1> plugins{&plugin};
  return std::make_unique<Registry>(plugins);
}

std::string graph_findings(std::string_view text, const graph::MissingElements& missing) {
  const auto parsed = Graph::parse(text, "g");
  if (!parsed) return parsed.error().message() + "\n";
  const auto registry = registry_of_kinds();
  const auto checked = graph::check(*parsed, *registry, missing);
  bool failed = false;
  for (const Error& error : checked.findings) failed = failed || error.severity == Severity::error;
  CHECK(checked.plan.has_value() == !failed);
  return lines(checked.findings);
}

std::string service_findings(std::string_view text) {
  const auto parsed = Service::parse(text, "s");
  if (!parsed) return parsed.error().message() + "\n";
  const auto registry = registry_of_kinds();
  return lines(graph::check(*parsed, *registry).findings);
}

std::string plan_of(std::string_view text) {
  const auto parsed = Graph::parse(text, "g");
  REQUIRE(parsed.has_value());
  const auto registry = registry_of_kinds();
  const auto checked = graph::check(*parsed, *registry);
  REQUIRE_MESSAGE(checked.plan.has_value(), lines(checked.findings));
  std::string out = checked.plan->stream + "\n";
  for (const graph::PlanNode& node : checked.plan->nodes) {
    out += node.name;
    for (const graph::Link& link : node.inputs)
      out += fmt::format(" <- {}.{} [{}]", checked.plan->nodes[static_cast<std::size_t>(link.from)].name, link.out_port,
                         graph::media_text(link.media));
    out += "\n";
  }
  return out;
}

}  // namespace rostrum::test
