// The parameter sets of H.264 and HEVC, out of a configuration record and back into one.
#pragma once

#include <vector>

#include <rostrum/bytes.hpp>
#include <rostrum/error.hpp>
#include <rostrum/media.hpp>

#include "rtmp/access_unit.hpp"

namespace rostrum::rtmp {

/// Encoders may change their parameter sets in the stream without a new sequence header.
class ParameterSets {
 public:
  /// Without sets, with 4-byte NAL lengths.
  explicit ParameterSets(Codec codec) : codec_(codec) {}
  /// Reads AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord. Fails with Errc::bad_syntax.
  static Result<ParameterSets> read(Codec, ByteView record);

  [[nodiscard]] Codec codec() const { return codec_; }
  [[nodiscard]] unsigned length_size() const { return length_size_; }
  /// Takes over what `unit` carries; true when something is new. New SPSs replace all, a new PPS the one with its id.
  bool update(const AccessUnit& unit);
  /// ISO 14496-15 5.3.3 or 8.3.3. Fails with Errc::bad_syntax where SPS or PPS are missing or broken.
  [[nodiscard]] Result<Bytes> record() const;

 private:
  using Sets = std::vector<Bytes>;
  Result<void> read_avc(Reader& in);
  Result<void> read_hevc(Reader& in);
  [[nodiscard]] Result<Bytes> avc_record() const;
  [[nodiscard]] Result<Bytes> hevc_record() const;

  Codec codec_;
  unsigned length_size_ = 4;
  Sets vps_, sps_, pps_;
};

}  // namespace rostrum::rtmp
