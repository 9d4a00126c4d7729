// One track of a publisher: from FLV tags to frames with their format.
#pragma once

#include <optional>

#include <rostrum/media.hpp>

#include "rtmp/flv_tag.hpp"
#include "rtmp/losses.hpp"
#include "rtmp/parameter_sets.hpp"

namespace rostrum::rtmp {

/// Remembers the track's configuration and follows its changes: new sequence headers, parameter sets in the frames, and what AV1
/// and VP9 say there.
class TrackInput {
 public:
  /// A frame where the tag is one, with PTS and DTS from `dts` and the tag's composition time. `body` is the tag's. What cannot
  /// be used is counted in `losses`. Fails with Errc::unsupported or Errc::bad_syntax for a sequence header that cannot be
  /// carried, because nothing could follow.
  Result<std::optional<Frame>> take(const MediaTag&, const Bytes& body, MediaTime dts, Losses& losses);

 private:
  Result<void> configure(Codec, const Bytes& header);
  std::optional<Frame> video_frame(const MediaTag&, const Bytes& body, Losses& losses);
  std::optional<Frame> nal_frame(Codec, const Bytes& body, Losses& losses);
  std::optional<Frame> obu_frame(const Bytes& body, Losses& losses);
  std::optional<Frame> vp9_frame(const Bytes& body);
  bool follow(const AccessUnit&);
  bool follow_sequence(ByteView header);
  void set_format(FormatPtr);

  FormatPtr format_;
  Bytes header_;                       // the sequence header that came last
  std::optional<ParameterSets> sets_;  // H.264 and HEVC
  Bytes sequence_;                     // AV1: the sequence header in force
  bool delivered_ = false;             // a frame with an earlier format went out
  bool changed_ = false;               // the next frame begins a new format
};

}  // namespace rostrum::rtmp
