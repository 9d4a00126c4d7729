// Kinds as third parties may write them, beside the built-in ones of fuzz_graph_file: media of every class, several ports, a
// choice of codecs, elements that nobody has, parameters of every type, and an expansion into whatever the file says, kept
// promises or broken ones.
#pragma once

#include <array>
#include <string>

#include <fmt/core.h>

#include <rostrum/plugin.hpp>

namespace rostrum::fuzz {

inline constexpr std::array devices_ports{
    PortInfo{"picture", Direction::out, Media::raw_video},
    PortInfo{"sound", Direction::out, Media::raw_audio},
    PortInfo{"events", Direction::out, Media::data},
};
inline constexpr std::array film_ports{
    PortInfo{.name = "out", .direction = Direction::out, .media = Media::any, .codecs = "vp9|mp3"}};
inline constexpr std::array film_params{ParamInfo{.name = "codec", .type = Type::choice, .choices = "vp9|mp3|theora"}};
inline constexpr std::array mix_ports{
    PortInfo{"picture", Direction::in, Media::raw_video},
    PortInfo{"sound", Direction::in, Media::raw_audio},
    PortInfo{.name = "events", .direction = Direction::in, .media = Media::data, .optional = true},
    PortInfo{"out", Direction::out, Media::raw},
    PortInfo{"events", Direction::out, Media::data},
};
inline constexpr std::array call_ports{
    PortInfo{.name = "in", .direction = Direction::in, .media = Media::encoded, .many = true, .codecs = "h264|opus"}};
inline constexpr std::array radio_ports{PortInfo{"in", Direction::in, Media::audio | Media::data}};
inline constexpr std::array radio_params{
    ParamInfo{.name = "codec", .type = Type::choice, .fallback = "mp3", .choices = "mp3|h264"},
    ParamInfo{.name = "loudness", .type = Type::number, .minimum = "-70", .maximum = "0"},
    ParamInfo{.name = "for", .type = Type::window, .meaning = "how much is kept", .required = true, .minimum = "1s"},
};

inline constexpr std::array fan_ports{PortInfo{.name = "in", .media = Media::any, .many = true},
                                      PortInfo{"out", Direction::out, Media::any}};
inline constexpr std::array leg_params{
    ParamInfo{.name = "name", .required = true},
    ParamInfo{.name = "kind", .required = true},
    ParamInfo{.name = "from"},
    ParamInfo{.name = "set"},
    ParamInfo{.name = "to"},
    ParamInfo{.name = "hidden", .type = Type::boolean},
};
inline constexpr std::array fan_params{ParamInfo{.name = "legs", .type = Type::list, .required = true, .items = leg_params}};

inline Result<std::vector<NodeSpec>> expand_fan(std::string_view name, std::span<const std::string> from, const Params& params) {
  std::vector<NodeSpec> out;
  for (const Params& leg : params.list("legs")) {
    if (leg.text("name").empty()) return fail(Errc::bad_param, "legs[0].name", "a leg has a name");
    NodeSpec spec{
        fmt::format("{}.{}", name, leg.text("name")), leg.text("kind"), {from.begin(), from.end()}, {}, leg.flag("hidden")};
    if (leg.text("name").front() == '/') spec.name = leg.text("name");
    if (leg.has("from")) spec.from = {fmt::format("{}.{}", name, leg.text("from"))};
    if (leg.has("set")) spec.params = {{leg.text("set"), leg.text("to")}};
    out.push_back(std::move(spec));
  }
  return out;
}

inline std::vector<Error> check_fan(const Params& params) {
  std::vector<Error> findings;
  const auto legs = params.list("legs");
  for (std::size_t i = 0; i < legs.size(); ++i) {
    if (legs[i].text("to") == "odd") findings.push_back({Errc::bad_param, fmt::format("legs[{}].to", i), "odd"});
    if (legs[i].text("to") == "even")
      findings.push_back({Errc::bad_param, fmt::format("legs[{}].way", i + 1), "even", Severity::warning});
  }
  return findings;
}

inline constexpr std::array strict_ports{PortInfo{"out", Direction::out, Media::raw_video}};
inline constexpr std::array strict_params{
    ParamInfo{.name = "title", .required = true},
    ParamInfo{.name = "count", .type = Type::integer, .required = true, .minimum = "-3", .maximum = "3"},
    ParamInfo{.name = "gain", .type = Type::number, .required = true, .minimum = "0.5"},
    ParamInfo{.name = "loop", .type = Type::boolean, .required = true},
    ParamInfo{.name = "length", .type = Type::duration, .required = true, .minimum = "20ms", .maximum = "2h"},
    ParamInfo{.name = "bitrate", .type = Type::bitrate, .required = true, .maximum = "50M"},
    ParamInfo{.name = "size", .type = Type::size, .required = true, .minimum = "16x16", .maximum = "1920x1080"},
    ParamInfo{.name = "rate", .type = Type::rate, .required = true, .minimum = "1/2", .maximum = "59.94"},
    ParamInfo{.name = "keep", .type = Type::window, .required = true, .minimum = "2", .maximum = "100"},
    ParamInfo{.name = "shape", .type = Type::choice, .required = true, .choices = "round|square"},
    ParamInfo{.name = "marks", .type = Type::list, .items = film_params},
};

inline constexpr std::array kinds{
    KindInfo{.name = "odd.devices", .role = Role::source, .ports = devices_ports, .elements = "autovideosrc"},
    KindInfo{.name = "odd.film", .role = Role::source, .ports = film_ports, .params = film_params},
    KindInfo{.name = "odd.mix", .ports = mix_ports},
    KindInfo{.name = "odd.call", .role = Role::sink, .ports = call_ports, .elements = "webrtcbin"},
    KindInfo{.name = "odd.radio", .role = Role::sink, .ports = radio_ports, .params = radio_params},
    KindInfo{.name = "odd.strict", .role = Role::source, .ports = strict_ports, .params = strict_params},
    KindInfo{.name = "odd.fan", .ports = fan_ports, .params = fan_params, .expand = expand_fan, .check = check_fan},
};
inline const PluginInfo odd_plugin{.name = "odd", .version = "1", .kinds = kinds};

}  // namespace rostrum::fuzz
