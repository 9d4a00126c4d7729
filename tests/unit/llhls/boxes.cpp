#include "boxes.hpp"

#include <stdexcept>

namespace boxes {

using rostrum::ByteView;
using rostrum::Reader;

std::vector<Box> children(ByteView view) {
  std::vector<Box> list;
  Reader in(view);
  while (in.left() > 0) {
    const std::uint32_t size = in.u32();
    const auto type = in.take(4);
    if (size < 8) return {};
    const auto body = in.take(size - 8);
    if (!in.ok()) return {};
    list.push_back({std::string(rostrum::as_text(type)), body});
  }
  return list;
}

std::optional<ByteView> find(ByteView view, std::string_view path) {
  const auto slash = path.find('/');
  for (const Box& box : children(view)) {
    if (box.type != path.substr(0, slash)) continue;
    return slash == std::string_view::npos ? std::optional(box.body) : find(box.body, path.substr(slash + 1));
  }
  return std::nullopt;
}

std::uint64_t Fragment::duration() const {
  std::uint64_t sum = 0;
  for (const Sample& sample : samples) sum += sample.duration;
  return sum;
}

namespace {

Fragment read_moof(ByteView moof, ByteView from_moof, bool ours) {
  Fragment fragment;
  const auto need = [&](std::string_view path) {
    const auto found = find(moof, path);
    if (!found) throw std::runtime_error("no " + std::string(path));
    return Reader(*found);
  };
  Reader mfhd = need("mfhd");
  mfhd.u32();
  fragment.sequence = mfhd.u32();
  Reader tfhd = need("traf/tfhd");
  const std::uint32_t defaults = tfhd.u32();
  if (!(defaults & 0x020000)) throw std::runtime_error("tfhd without default-base-is-moof");
  tfhd.u32();
  const std::uint32_t duration = defaults & 0x8 ? tfhd.u32() : 0;
  const std::uint32_t size = defaults & 0x10 ? tfhd.u32() : 0;
  const std::uint32_t flags = defaults & 0x20 ? tfhd.u32() : 0;
  Reader tfdt = need("traf/tfdt");
  if (tfdt.u32() >> 24 != 1) throw std::runtime_error("tfdt is not version 1");
  fragment.decode_time = tfdt.u64();
  Reader trun = need("traf/trun");
  const std::uint32_t head = trun.u32();
  if (ours && head >> 24 != 1) throw std::runtime_error("trun is not version 1");
  const std::uint32_t count = trun.u32();
  const std::uint32_t offset = head & 0x1 ? trun.u32() : 0;
  const std::uint32_t first = head & 0x4 ? trun.u32() : flags;
  std::size_t total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    Sample sample;
    sample.duration = head & 0x100 ? trun.u32() : duration;
    sample.size = head & 0x200 ? trun.u32() : size;
    const std::uint32_t own = head & 0x400 ? trun.u32() : i == 0 ? first : flags;
    sample.sync = !(own & 0x10000);
    sample.offset = head & 0x800 ? static_cast<std::int32_t>(trun.u32()) : 0;
    total += sample.size;
    fragment.samples.push_back(sample);
  }
  if (!trun.ok() || trun.left() != 0) throw std::runtime_error("trun's size is not that of its samples");
  if (offset + total > from_moof.size()) throw std::runtime_error("samples lie outside of the part");
  fragment.payload = rostrum::as_text(from_moof.subspan(offset, total));
  return fragment;
}

}  // namespace

std::vector<Fragment> fragments(ByteView view, bool ours) {
  std::vector<Fragment> list;
  std::size_t at = 0;
  const auto boxes = children(view);
  if (boxes.empty()) throw std::runtime_error("no boxes");
  for (const Box& box : boxes) {
    if (box.type == "moof") list.push_back(read_moof(box.body, view.subspan(at), ours));
    at += box.body.size() + 8;
  }
  return list;
}

}  // namespace boxes
