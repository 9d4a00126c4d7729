#include "graph/doors.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "base/text.hpp"
#include "graph/read.hpp"

namespace rostrum::graph {
namespace {

constexpr std::array house_doors{
    DoorInfo{.name = "http", .summary = "LL-HLS, the control API, metrics and pages over HTTP/1.1"},
    DoorInfo{.name = "https", .summary = "the same over TLS 1.2 and 1.3, HTTP/1.1 and HTTP/2", .secure = true},
};

constexpr ParamInfo bind_row{.name = "bind",
                             .fallback = {},
                             .meaning = "address and port to listen on: 0.0.0.0:8080, [::]:8080; port 0 takes a free one",
                             .required = true};
constexpr ParamInfo certificate_row{.name = "certificate", .meaning = "file with the certificate chain, PEM", .required = true};
constexpr ParamInfo key_row{.name = "key", .meaning = "file with the private key, PEM", .required = true};

class Listen {
 public:
  Listen(const std::filesystem::path& folder, const KeyPairFindings& look, Findings& findings)
      : folder_(folder), look_(look), findings_(findings) {}

  void door(const DoorInfo& info, const Value& value, const Place& place) {
    if (value.shape != Value::Shape::map)
      return findings_.error(Errc::bad_graph, place,
                             fmt::format("a door is a map; write {}: {{bind: \"0.0.0.0:8080\"}}", info.name));
    const std::vector<ParamInfo> rows = door_rows(info);
    auto params = read_params(value, rows, place, info.name, {}, findings_);
    if (!params) return;
    DoorPlan plan{.name = std::string(info.name), .place = findings_.where(place)};
    if (info.accept) plan.door = &info;
    const Place bind = place.at(*value.find("bind"));
    auto address = parse_bind(params->text("bind"));
    if (!address) return findings_.error(address.error().code, bind, address.error().what);
    plan.address = std::move(address->host);
    plan.port = address->port;
    once(plan, bind);
    if (info.secure) {
      plan.certificate = (folder_ / params->text("certificate")).string();
      plan.key = (folder_ / params->text("key")).string();
      key_pair(plan, value, place);
    }
    plan.params = std::move(*params);
    doors_.push_back(std::move(plan));
    binds_.push_back(bind);
  }

  std::vector<DoorPlan> take() && { return std::move(doors_); }

 private:
  void key_pair(const DoorPlan& plan, const Value& value, const Place& place) {
    if (!look_) return;
    for (Error& finding : look_(plan.certificate, plan.key)) {
      const Place at = place.at(*value.find(finding.where));
      finding.severity == Severity::warning ? findings_.warning(finding.code, at, std::move(finding.what))
                                            : findings_.error(finding.code, at, std::move(finding.what));
    }
  }

  /// Two doors cannot have one port; an address of all (0.0.0.0, ::) has it on each of its family.
  void once(const DoorPlan& plan, const Place& place) {
    const auto all = [](const std::string& address) { return address == "0.0.0.0" || address == "::"; };
    const auto six = [](const std::string& address) { return address.find(':') != address.npos; };
    for (std::size_t i = 0; i < doors_.size() && plan.port != 0; ++i) {
      const DoorPlan& other = doors_[i];
      const bool same =
          other.address == plan.address || (six(other.address) == six(plan.address) && (all(other.address) || all(plan.address)));
      if (other.port != plan.port || !same) continue;
      return findings_.error(
          Errc::bad_param, place,
          fmt::format("port {} is taken by {} in line {}; choose another", plan.port, other.name, binds_[i].mark.line));
    }
  }

  const std::filesystem::path& folder_;
  const KeyPairFindings& look_;
  Findings& findings_;
  std::vector<DoorPlan> doors_;
  std::vector<Place> binds_;
};

}  // namespace

std::vector<const DoorInfo*> all_doors(const Registry& registry) {
  std::vector<const DoorInfo*> doors = registry.doors();
  for (const DoorInfo& door : house_doors) doors.push_back(&door);
  std::ranges::sort(doors, {}, [](const DoorInfo* door) { return door->name; });
  return doors;
}

std::vector<ParamInfo> door_rows(const DoorInfo& door) {
  std::vector<ParamInfo> rows{bind_row};
  if (door.secure) rows.insert(rows.end(), {certificate_row, key_row});
  rows.insert(rows.end(), door.params.begin(), door.params.end());
  return rows;
}

std::vector<DoorPlan> check_listen(const Value& listen, const Place& place, const std::filesystem::path& folder,
                                   const Registry& registry, const KeyPairFindings& look, Findings& findings) {
  if (listen.shape != Value::Shape::map) {
    findings.error(Errc::bad_graph, place, "is a map of doors; write http: {bind: \"0.0.0.0:8080\"} below");
    return {};
  }
  const std::vector<const DoorInfo*> doors = all_doors(registry);
  std::vector<std::string_view> names;
  for (const DoorInfo* door : doors) names.push_back(door->name);
  Listen out(folder, look, findings);
  for (const Entry& entry : listen.entries) {
    const Place at = place.at(entry);
    const auto door = std::ranges::find(doors, entry.name, &DoorInfo::name);
    if (door == doors.end()) {
      const std::string_view near = nearest(entry.name, names);
      findings.error(Errc::unsupported, at,
                     fmt::format("no door {}; there are {}{}", shown(entry.name), listed(names),
                                 near.empty() ? std::string() : fmt::format(" (did you mean {}?)", near)));
      continue;
    }
    if (entry.value.shape != Value::Shape::list) out.door(**door, entry.value, at);
    for (std::size_t i = 0; i < entry.value.items.size(); ++i)
      out.door(**door, entry.value.items[i], at.at(i, entry.value.items[i]));
  }
  return std::move(out).take();
}

}  // namespace rostrum::graph
