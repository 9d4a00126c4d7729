// A row in words, the same for the terminal and for the reference.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rostrum/kind.hpp>

namespace rostrum::graph {

/// "duration", "h264 | hevc", "list of maps".
std::string type_text(const ParamInfo&);
/// "200ms to 1m", "16 or more", "".
std::string range_text(const ParamInfo&);
/// "encoded video or audio (h264, hevc, aac), any number, optional".
std::string port_text(const PortInfo&);
/// "source", "filter", "sink".
std::string_view role_text(Role);
/// The path of a route as a viewer sees it: "/{app}/{name}/index.m3u8".
std::string route_text(const RouteInfo&);
/// Words in lines of at most `columns` characters; one longer word has a line of its own.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

}  // namespace rostrum::graph
