// `listen:`: doors, addresses and ports.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/door.hpp>

#include "graph/findings.hpp"
#include "graph/plan.hpp"
#include "graph/value.hpp"

namespace rostrum::graph {

/// All doors, by name: the house's own (http, https) and those of plugins.
std::vector<const DoorInfo*> all_doors(const Registry&);
/// The rows that a door takes beside its own: `bind`, and the certificate of a secure one.
std::vector<ParamInfo> door_rows(const DoorInfo&);

struct Address {
  std::string host;  // "0.0.0.0", "::1"; without brackets
  std::uint16_t port = 0;
};
/// "0.0.0.0:8080", "[::1]:8080". Fails with Errc::bad_param without a place.
Result<Address> parse_bind(std::string_view text);
/// "10.0.0.0/8", "2001:db8::/32", "192.0.2.1". Fails with Errc::bad_param without a place.
Result<void> check_cidr(std::string_view text);

/// Relative paths (certificates) begin at `folder`.
std::vector<DoorPlan> check_listen(const Value&, const Place&, const std::filesystem::path& folder, const Registry&,
                                   const KeyPairFindings&, Findings&);

}  // namespace rostrum::graph
