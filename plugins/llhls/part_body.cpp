#include "llhls/part_body.hpp"

#include <algorithm>

#include "llhls/box.hpp"

namespace rostrum::llhls {
namespace {

// ISO 14496-12 8.8.3.1: sample_depends_on and sample_is_non_sync_sample.
constexpr std::uint32_t sync_flags = 0x02000000;
constexpr std::uint32_t other_flags = 0x01010000;

// tfhd
constexpr unsigned default_duration = 0x000008;
constexpr unsigned default_flags = 0x000020;
constexpr unsigned base_is_moof = 0x020000;
// trun
constexpr unsigned data_offset = 0x000001;
constexpr unsigned first_flags = 0x000004;
constexpr unsigned each_duration = 0x000100;
constexpr unsigned each_size = 0x000200;
constexpr unsigned each_flags = 0x000400;
constexpr unsigned each_offset = 0x000800;

/// Which fields stand once in tfhd and which with each sample: a part says nothing twice.
struct Layout {
  bool one_duration = true;
  bool offsets = false;
  bool flags = false;  // with each sample; otherwise all but the first are alike

  explicit Layout(std::span<const Sample> samples) {
    for (const Sample& sample : samples) {
      one_duration = one_duration && sample.duration == samples.front().duration;
      offsets = offsets || sample.offset != 0;
    }
    for (std::size_t i = 2; i < samples.size(); ++i) flags = flags || samples[i].sync != samples[1].sync;
  }
};

}  // namespace

Bytes make_part_body(Track track, std::uint32_t sequence, std::uint64_t decode_time, std::span<const Sample> samples,
                     ByteView before) {
  std::size_t payload = 0;
  for (const Sample& sample : samples) payload += sample.data.size();
  const Layout layout(samples);
  const bool rest_sync = track == Track::audio || (samples.size() > 1 && samples[1].sync);

  Writer out;
  out.reserve(before.size() + 128 + 16 * samples.size() + payload);
  out.bytes(before);
  const std::size_t start = out.size();
  std::size_t offset_at = 0;
  {
    Box moof(out, "moof");
    {
      Box mfhd(out, "mfhd", 0, 0);
      out.u32(sequence);
    }
    Box traf(out, "traf");
    {
      Box tfhd(out, "tfhd", 0, base_is_moof | default_flags | (layout.one_duration ? default_duration : 0));
      out.u32(1);
      if (layout.one_duration) out.u32(samples.empty() ? 0 : samples.front().duration);
      out.u32(rest_sync ? sync_flags : other_flags);
    }
    {
      Box tfdt(out, "tfdt", 1, 0);
      out.u64(decode_time);
    }
    const bool first_differs = !layout.flags && !samples.empty() && samples.front().sync != rest_sync;
    Box trun(out, "trun", 1,
             data_offset | each_size | (layout.one_duration ? 0 : each_duration) | (layout.flags ? each_flags : 0) |
                 (first_differs ? first_flags : 0) | (layout.offsets ? each_offset : 0));
    out.u32(samples.size());
    offset_at = out.size();
    out.u32(0);
    if (first_differs) out.u32(samples.front().sync ? sync_flags : other_flags);
    for (const Sample& sample : samples) {
      if (!layout.one_duration) out.u32(sample.duration);
      out.u32(sample.data.size());
      if (layout.flags) out.u32(sample.sync ? sync_flags : other_flags);
      if (layout.offsets) out.u32(static_cast<std::uint32_t>(sample.offset));
    }
  }
  out.patch_u32(offset_at, static_cast<std::uint32_t>(out.size() - start + 8));
  {
    Box mdat(out, "mdat");
    for (const Sample& sample : samples) out.bytes(sample.data);
  }
  return Bytes(out.take());
}

Bytes make_prft(UtcTime utc, std::uint64_t decode_time) {
  constexpr std::int64_t ntp_epoch = 2'208'988'800;  // 1900 to 1970
  const auto ns = utc.time_since_epoch().count();
  const std::int64_t seconds = ns / 1'000'000'000;
  const auto fraction = static_cast<std::uint64_t>(ns % 1'000'000'000);
  Writer out;
  {
    Box prft(out, "prft", 1, 24);  // flags 24: an arbitrary but consistent association
    out.u32(1);
    out.u64(static_cast<std::uint64_t>(seconds + ntp_epoch) << 32 | ((fraction << 32) / 1'000'000'000));
    out.u64(decode_time);
  }
  return Bytes(out.take());
}

}  // namespace rostrum::llhls
