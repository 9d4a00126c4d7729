// Reads fragments back, written from ISO 14496-12 and without the packager's code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rostrum/bytes.hpp>

namespace boxes {

struct Box {
  std::string type;
  rostrum::ByteView body;
};

/// The boxes of a container; empty when a size does not fit.
std::vector<Box> children(rostrum::ByteView);
/// The first box on that path ("moof/traf/tfdt").
std::optional<rostrum::ByteView> find(rostrum::ByteView, std::string_view path);

struct Sample {
  std::uint32_t duration = 0;
  std::uint32_t size = 0;
  std::int32_t offset = 0;
  bool sync = false;
};

/// One moof and its mdat.
struct Fragment {
  std::uint32_t sequence = 0;
  std::uint64_t decode_time = 0;
  std::vector<Sample> samples;
  std::string payload;  // of all samples, found through the trun's data offset
  [[nodiscard]] std::uint64_t duration() const;
};
/// Every fragment of a part or segment; throws std::runtime_error with what is wrong. `ours`: only the versions that LL-HLS parts
/// are to have.
std::vector<Fragment> fragments(rostrum::ByteView, bool ours = true);

}  // namespace boxes
