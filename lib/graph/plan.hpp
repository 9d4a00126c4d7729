// A graph that was checked and expanded: what the engine runs.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <rostrum/graph.hpp>
#include <rostrum/kind.hpp>

#include "registry/registry.hpp"

namespace rostrum::graph {

/// One end of a link: node `from` of Plan::nodes, its out port, and the media that may flow.
struct Link {
  int from = 0;
  std::string_view out_port;  // of the source's kind; "video", "audio", "out"
  std::string_view in_port;
  Media media = Media::any;
};

struct PlanNode {
  std::string name;  // "picture", "ladder.720p"
  const KindInfo* kind = nullptr;
  Params params;
  std::vector<Link> inputs;  // in the order written
  std::string place;         // "show.yaml:14 nodes.hls", for errors at run time
};

/// Nodes in topological order (sources first); kinds with `expand` are gone.
struct Plan {
  std::string stream;  // "live/cam"; of a template: "live/{name}"
  std::vector<PlanNode> nodes;
};

/// Everything that is wrong with the graph, in the order of its text; warnings have Severity::warning. `plan` is filled when
/// there is no error. Bounded time for any input.
struct Checked {
  std::vector<Error> findings;
  std::optional<Plan> plan;
  [[nodiscard]] bool ok() const { return plan.has_value(); }
};
/// What of KindInfo::elements is not installed here, one entry each, as a person should read it: "x264enc or openh264enc
/// (apt install gstreamer1.0-plugins-ugly)". Asked once a kind; empty function = nobody looks.
using MissingElements = std::function<std::vector<std::string>(std::string_view elements)>;
Checked check(const Graph&, const Registry&, const MissingElements& = {});

/// The kind of the node that stands for whoever publishes; each template of a service has exactly one.
inline constexpr std::string_view publisher_kind = "publisher";

/// One door of a checked service.
struct DoorPlan {
  std::string name;     // "rtmp", "http", "https"
  std::string address;  // "0.0.0.0", "::1"
  std::uint16_t port = 0;
  std::string certificate, key;    // secure doors
  const DoorInfo* door = nullptr;  // nullptr: http, https (the house's own)
  Params params;
  std::string place;
};
struct ServicePlan {
  std::vector<DoorPlan> doors;
  std::vector<Plan> templates;  // Plan::stream is the pattern: "live/{name}" (a '{name}' matches one path segment) or a fixed
                                // name; the first that matches is taken
  std::vector<std::string> trusted_proxies;  // CIDR
};
struct CheckedService {
  std::vector<Error> findings;
  std::optional<ServicePlan> plan;
};
/// What is wrong with a certificate file and its key file, each finding with "certificate" or "key" for a place; empty function =
/// nobody looks.
using KeyPairFindings = std::function<std::vector<Error>(const std::string& certificate, const std::string& key)>;
/// Loads the plugins that the file names (they stay loaded), then checks. Relative paths are relative to the file.
CheckedService check(const Service&, Registry&, const MissingElements& = {}, const KeyPairFindings& = {});

/// What `rostrum inspect`, `schema` and the reference print, made from the registry's rows.
std::string inspect(const Registry&);
Result<std::string> inspect(const Registry&, std::string_view kind);
std::string reference_markdown(const Registry&);
std::string schema(const Registry&);

/// Does "live/cam" match "live/{name}"?
bool matches(std::string_view pattern, std::string_view stream);

/// Reads one value as the row wants it: for Stream::set and command lines. Fails with Errc::bad_param, the remedy in `what`.
Result<Params> with(const Params&, std::span<const ParamInfo>, std::string_view name, std::string_view value);

}  // namespace rostrum::graph
