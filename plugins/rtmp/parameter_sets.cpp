#include "rtmp/parameter_sets.hpp"

#include <algorithm>

#include <rostrum/bits.hpp>

namespace rostrum::rtmp {
namespace {

constexpr std::size_t max_sps = 31;  // five bits of the AVC record
constexpr std::size_t max_pps = 255;
constexpr std::size_t max_set_bytes = 0xFFFF;

auto broken(const char* what) {
  return fail(Errc::bad_syntax, "parameter sets", what);
}

std::uint32_t pps_id(Codec codec, ByteView pps) {
  return BitReader(pps.subspan(std::min<std::size_t>(codec == Codec::h264 ? 1 : 2, pps.size())), BitReader::Escapes::nal).ue();
}

bool has(const std::vector<Bytes>& sets, ByteView one) {
  return std::any_of(sets.begin(), sets.end(), [&](const Bytes& set) { return set.text() == as_text(one); });
}

bool all_known(const std::vector<Bytes>& sets, const std::vector<ByteView>& fresh) {
  return std::all_of(fresh.begin(), fresh.end(), [&](ByteView one) { return has(sets, one); });
}

void replace(std::vector<Bytes>& sets, const std::vector<ByteView>& fresh) {
  sets.clear();
  for (const ByteView one : fresh)
    if (!has(sets, one)) sets.push_back(Bytes::copy(one));
}

void write_sets(Writer& out, const std::vector<Bytes>& sets) {
  for (const Bytes& set : sets) out.u16(set.size()).bytes(set);
}

bool too_long(const std::vector<Bytes>& sets) {
  return std::any_of(sets.begin(), sets.end(), [](const Bytes& set) { return set.size() > max_set_bytes; });
}

// profile_idc values whose SPS and record go on with chroma and bit depth (ISO 14496-15 5.3.3.1.2).
bool has_chroma(unsigned profile) {
  constexpr unsigned plain[]{66, 77, 88};
  return std::find(std::begin(plain), std::end(plain), profile) == std::end(plain);
}

}  // namespace

Result<ParameterSets> ParameterSets::read(Codec codec, ByteView record) {
  ParameterSets sets(codec);
  Reader in(record);
  auto read = codec == Codec::h264 ? sets.read_avc(in) : sets.read_hevc(in);
  if (!read) return tl::unexpected(read.error());
  return sets;
}

Result<void> ParameterSets::read_avc(Reader& in) {
  in.skip(4);
  length_size_ = (in.u8() & 3) + 1;
  for (unsigned left = in.u8() & 0x1f; left > 0 && in.ok(); --left) sps_.push_back(Bytes::copy(in.take(in.u16())));
  for (unsigned left = in.u8(); left > 0 && in.ok(); --left) pps_.push_back(Bytes::copy(in.take(in.u16())));
  if (!in.ok() || length_size_ == 3) return broken("the AVC configuration record is broken");
  return {};
}

Result<void> ParameterSets::read_hevc(Reader& in) {
  in.skip(21);
  length_size_ = (in.u8() & 3) + 1;
  for (unsigned arrays = in.u8(); arrays > 0 && in.ok(); --arrays) {
    const unsigned type = in.u8() & 0x3f;
    for (unsigned left = in.u16(); left > 0 && in.ok(); --left) {
      Bytes set = Bytes::copy(in.take(in.u16()));
      if (type == 32) vps_.push_back(std::move(set));
      if (type == 33) sps_.push_back(std::move(set));
      if (type == 34) pps_.push_back(std::move(set));
    }
  }
  if (!in.ok() || length_size_ == 3) return broken("the HEVC configuration record is broken");
  return {};
}

bool ParameterSets::update(const AccessUnit& unit) {
  if (all_known(vps_, unit.vps) && all_known(sps_, unit.sps) && all_known(pps_, unit.pps)) return false;
  if (!all_known(vps_, unit.vps)) replace(vps_, unit.vps);
  if (!all_known(sps_, unit.sps)) {
    replace(sps_, unit.sps);
    if (!unit.pps.empty()) pps_.clear();
  }
  for (const ByteView one : unit.pps) {
    if (has(pps_, one)) continue;
    std::erase_if(pps_, [&](const Bytes& old) { return pps_id(codec_, old) == pps_id(codec_, one); });
    pps_.push_back(Bytes::copy(one));
  }
  return true;
}

Result<Bytes> ParameterSets::record() const {
  if (sps_.empty() || pps_.empty()) return broken("SPS or PPS is missing");
  if (sps_.size() > max_sps || pps_.size() > max_pps || vps_.size() > max_sps) return broken("there are too many");
  if (too_long(vps_) || too_long(sps_) || too_long(pps_)) return broken("one is longer than 65535 bytes");
  return codec_ == Codec::h264 ? avc_record() : hevc_record();
}

Result<Bytes> ParameterSets::avc_record() const {
  const Bytes& sps = sps_.front();
  BitReader bits(sps, BitReader::Escapes::nal);
  bits.skip(8);
  const std::uint32_t profile = bits.bits(8);
  const std::uint32_t compatibility = bits.bits(8);
  const std::uint32_t level = bits.bits(8);
  bits.ue();  // seq_parameter_set_id
  Writer out;
  out.u8(1).u8(profile).u8(compatibility).u8(level).u8(0xFC | (length_size_ - 1)).u8(0xE0 | sps_.size());
  write_sets(out, sps_);
  out.u8(pps_.size());
  write_sets(out, pps_);
  if (has_chroma(profile)) {
    const std::uint32_t chroma = bits.ue();
    if (chroma == 3) bits.skip(1);  // separate_colour_plane_flag
    const std::uint32_t luma_depth = bits.ue();
    const std::uint32_t chroma_depth = bits.ue();
    if (chroma > 3 || luma_depth > 6 || chroma_depth > 6) return broken("the SPS is broken");
    out.u8(0xFC | chroma).u8(0xF8 | luma_depth).u8(0xF8 | chroma_depth).u8(0);
  }
  if (!bits.ok()) return broken("the SPS is too short");
  return Bytes(out.take());
}

Result<Bytes> ParameterSets::hevc_record() const {
  BitReader bits(sps_.front(), BitReader::Escapes::nal);
  bits.skip(16 + 4);  // NAL header, sps_video_parameter_set_id
  const unsigned sub_layers = bits.bits(3);
  const unsigned nested = bits.bit();
  Writer profile;  // general_profile_space to general_level_idc: the record has them as the SPS has
  for (int i = 0; i < 12; ++i) profile.u8(bits.bits(8));
  unsigned sub_layer_bits = 0;
  if (sub_layers > 0) {
    for (unsigned i = 0; i < 8; ++i) {
      const unsigned profile_present = bits.bit();
      const unsigned level_present = bits.bit();
      if (i < sub_layers) sub_layer_bits += profile_present * 88 + level_present * 8;
    }
  }
  bits.skip(sub_layer_bits);
  bits.ue();  // sps_seq_parameter_set_id
  const std::uint32_t chroma = bits.ue();
  if (chroma == 3) bits.skip(1);
  bits.ue();  // width
  bits.ue();  // height
  if (bits.bit() != 0)
    for (int edge = 0; edge < 4; ++edge) bits.ue();  // conformance window
  const std::uint32_t luma_depth = bits.ue();
  const std::uint32_t chroma_depth = bits.ue();
  if (!bits.ok() || chroma > 3 || luma_depth > 7 || chroma_depth > 7) return broken("the SPS is broken");
  Writer out;
  out.u8(1).bytes(profile.view()).u16(0xF000).u8(0xFC).u8(0xFC | chroma).u8(0xF8 | luma_depth).u8(0xF8 | chroma_depth).u16(0);
  out.u8((sub_layers + 1) << 3 | nested << 2 | (length_size_ - 1));
  const std::pair<unsigned, const Sets*> arrays[]{{32, &vps_}, {33, &sps_}, {34, &pps_}};
  out.u8(static_cast<std::size_t>(
      std::count_if(std::begin(arrays), std::end(arrays), [](const auto& a) { return !a.second->empty(); })));
  for (const auto& [type, sets] : arrays) {
    if (sets->empty()) continue;
    out.u8(0x80 | type).u16(sets->size());
    write_sets(out, *sets);
  }
  return Bytes(out.take());
}

}  // namespace rostrum::rtmp
