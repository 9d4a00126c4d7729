#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/text.hpp"
#include "graph/check_nodes.hpp"
#include "graph/doors.hpp"
#include "graph/plan.hpp"
#include "graph/read.hpp"
#include "graph/source.hpp"

namespace rostrum::graph {
namespace {

bool placeholder(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

/// Does every name that matches `narrow` match `wide` too?
bool covers(std::string_view wide, std::string_view narrow) {
  const auto w = split(wide, '/'), n = split(narrow, '/');
  return std::ranges::equal(w, n, [](std::string_view a, std::string_view b) { return placeholder(a) || a == b; });
}
bool overlaps(std::string_view one, std::string_view other) {
  const auto a = split(one, '/'), b = split(other, '/');
  return std::ranges::equal(a, b,
                            [](std::string_view x, std::string_view y) { return placeholder(x) || placeholder(y) || x == y; });
}

class ServiceCheck {
 public:
  ServiceCheck(const Source& source, Registry& registry, const MissingElements& missing, const KeyPairFindings& key_pairs)
      : source_(source), registry_(registry), missing_(missing), key_pairs_(key_pairs), findings_(source.name) {}

  CheckedService run() && {
    constexpr std::array<std::string_view, 6> keys{"rostrum", "plugins", "listen", "trusted_proxies", "admission", "streams"};
    check_version(source_.root, findings_);
    if (source_.root.find("nodes"))
      findings_.error(Errc::bad_graph, {source_.root.mark, {}},
                      "is a graph; `rostrum run` runs it, or put its nodes below streams");
    else
      refuse_unknown(source_.root, keys, {}, findings_);

    with("plugins", [&](const Value& value, const Place& place) { plugins(value, place); });
    with("listen", [&](const Value& value, const Place& place) {
      plan_.doors = check_listen(value, place, source_.folder, registry_, key_pairs_, findings_);
    });
    with("trusted_proxies", [&](const Value& value, const Place& place) { proxies(value, place); });
    with("admission", [&](const Value& value, const Place& place) { admission(value, place); });
    with("streams", [&](const Value& value, const Place& place) { streams(value, place); });
    const Place top{source_.root.mark, {}};
    if (!source_.root.find("listen"))
      findings_.warning(Errc::bad_graph, top,
                        "has no doors, so nobody gets in; add listen: with http: {bind: \"0.0.0.0:8080\"} below");
    if (!source_.root.find("streams"))
      findings_.warning(Errc::bad_graph, top,
                        "has no streams, so every publisher is refused; add streams: with \"live/{name}\": below");
    CheckedService checked;
    if (findings_.errors() == 0) checked.plan = std::move(plan_);
    checked.findings = findings_.take();
    return checked;
  }

 private:
  template <class F>
  void with(std::string_view key, F f) {
    if (const Entry* entry = source_.root.find(key)) f(entry->value, Place{}.at(*entry));
  }

  void plugins(const Value& value, const Place& place) {
    for (const Item& item : read_texts(value, place, "a list of files: [\"./acme.so\"]", findings_))
      if (auto loaded = registry_.load(source_.folder / item.text); !loaded)
        findings_.error(loaded.error().code, item.place, loaded.error().message());
  }

  void proxies(const Value& value, const Place& place) {
    for (Item& item : read_texts(value, place, "a list of networks: [\"10.0.0.0/8\"]", findings_)) {
      if (auto fine = check_cidr(item.text); !fine) findings_.error(fine.error().code, item.place, fine.error().what);
      plan_.trusted_proxies.push_back(std::move(item.text));
    }
  }

  // The chain is the host's AuthHooks alone until a plugin brings a link of it.
  void admission(const Value& value, const Place& place) {
    if (value.shape != Value::Shape::list)
      return findings_.error(Errc::bad_graph, place, "is a list, asked in order; write - {use: ...} for each");
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const Value& item = value.items[i];
      const Place at = place.at(i, item);
      const Entry* use = item.find("use");
      if (!use) {
        findings_.error(Errc::bad_graph, at, "does not say what to ask; write {use: ...}");
        continue;
      }
      if (const auto name = read_text(use->value, at.at(*use), "the name of an admission plugin", findings_))
        findings_.error(Errc::unsupported, at.at(*use),
                        fmt::format("no admission plugin {}; this rostrum has none, the host's own hook decides", shown(*name)));
    }
  }

  void streams(const Value& value, const Place& place) {
    if (value.shape != Value::Shape::map || value.entries.empty())
      return findings_.error(Errc::bad_graph, place, "is a map of templates; write \"live/{name}\": with its nodes below");
    House house{registry_, missing_};
    std::vector<const Entry*> before;
    for (const Entry& entry : value.entries) {
      const Place at = place.at(entry);
      if (check_stream_name(entry.name, true, at, findings_)) {
        overlapping(entry, before, at);
        before.push_back(&entry);
      }
      if (auto plan = check_nodes(entry.value, at, entry.name, true, house, findings_))
        plan_.templates.push_back(std::move(*plan));
    }
  }

  /// The first that matches is taken: a template behind one that covers it never is.
  void overlapping(const Entry& entry, const std::vector<const Entry*>& before, const Place& place) {
    constexpr std::size_t most_compared = 100;
    for (std::size_t i = 0; i < std::min(before.size(), most_compared); ++i) {
      const Entry& earlier = *before[i];
      if (covers(earlier.name, entry.name))
        return findings_.warning(Errc::bad_graph, place,
                                 fmt::format("is never used: \"{}\" in line {} takes all its names first; put this one above it",
                                             earlier.name, earlier.mark.line));
      if (overlaps(earlier.name, entry.name) && !covers(entry.name, earlier.name))
        return findings_.warning(
            Errc::bad_graph, place,
            fmt::format("shares names with \"{}\" in line {}, which takes them first", earlier.name, earlier.mark.line));
    }
  }

  const Source& source_;
  Registry& registry_;
  const MissingElements& missing_;
  const KeyPairFindings& key_pairs_;
  Findings findings_;
  ServicePlan plan_;
};

}  // namespace

CheckedService check(const Service& service, Registry& registry, const MissingElements& missing,
                     const KeyPairFindings& key_pairs) {
  return ServiceCheck(service.data().source, registry, missing, key_pairs).run();
}

bool matches(std::string_view pattern, std::string_view stream) {
  const auto p = split(pattern, '/'), s = split(stream, '/');
  return std::ranges::equal(p, s, [](std::string_view a, std::string_view b) { return placeholder(a) ? !b.empty() : a == b; });
}

}  // namespace rostrum::graph
