// Kinds for the tests of the checker: what the built-in ones are like, but held still.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "graph/plan.hpp"
#include "registry/registry.hpp"

namespace rostrum::test {

/// Kinds publisher, camera, decode, encode, scale, ladder, mix, hls, whep; door rtmp. No built-in one.
std::unique_ptr<Registry> registry_of_kinds();

/// The findings of a text, one a line, warnings marked; the source is called g or s.
std::string graph_findings(std::string_view text, const graph::MissingElements& = {});
std::string service_findings(std::string_view text);
/// The plan of a text without errors: "out <- in.port [media]" a link, a node a line.
std::string plan_of(std::string_view text);

}  // namespace rostrum::test
