// One ISO BMFF box while it is being written.
#pragma once

#include <string_view>

#include <rostrum/bytes.hpp>

namespace rostrum::llhls {

/// Opens a box; its size is filled in when the scope ends, so boxes nest as scopes do (ISO 14496-12 4.2).
class Box {
 public:
  Box(Writer& out, std::string_view type) : out_(out), at_(out.size()) { out_.u32(0).text(type); }
  /// A FullBox.
  Box(Writer& out, std::string_view type, unsigned version, unsigned flags) : Box(out, type) { out_.u8(version).u24(flags); }
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;
  ~Box() { out_.patch_u32(at_, static_cast<std::uint32_t>(out_.size() - at_)); }

 private:
  Writer& out_;
  std::size_t at_;
};

}  // namespace rostrum::llhls
