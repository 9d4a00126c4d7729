// `from: [in.video, ladder, ladder.480p]`: which nodes and ports the names mean.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "graph/findings.hpp"
#include "graph/nodes.hpp"

namespace rostrum::graph {

/// One reference, resolved. A bare name leaves the port open: whichever the reader can take.
struct Reference {
  const Item* item = nullptr;
  std::vector<std::size_t> nodes;
  const PortInfo* port = nullptr;
};

class References {
 public:
  References(const Nodes&, Findings&);
  /// What node `reader` reads. References to nodes that are broken themselves are left out without a finding.
  std::vector<Reference> of(std::size_t reader);
  /// Judges what a written node reads of which nothing can run: its names are right or wrong all the same.
  void judge(std::size_t written);
  /// False where a reference could not be followed: then nobody can say what is left unread.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  std::optional<Reference> resolve(const Item&, const Node& reader);
  std::optional<Reference> whole(const Item&, const Node& reader);
  std::optional<Reference> part(const Item&, const Node& reader);
  void unknown(const Item&, std::string what);

  const Nodes& nodes_;
  Findings& findings_;
  std::map<std::string_view, std::size_t> nodes_by_name_, written_by_name_;
  std::size_t count_ = 0;
  bool complete_ = true;
};

}  // namespace rostrum::graph
