// Formats as GStreamer's caps, both ways, and frames as its buffers.
#pragma once

#include <rostrum/gst.hpp>
#include <rostrum/media.hpp>

namespace rostrum::pipeline {

/// Caps of frames as rostrum carries them: length-prefixed NAL units, AV1 OBUs, raw AAC.
gst::Ref<GstCaps> caps_of(const Format&);
/// What an island's output may be.
gst::Ref<GstCaps> encoded_caps();
/// Fails with Errc::unsupported where the caps hold no codec of ours or no configuration.
Result<FormatPtr> format_of(const GstCaps*);
/// Same codec, configuration, size and rate: no new Format for the readers.
bool same(const Format&, const Format&);

/// The frame's bytes, shared; PTS, DTS and duration are left to the caller.
gst::Ref<GstBuffer> buffer_of(const Bytes&);
/// The buffer's bytes, mapped for as long as somebody reads them.
Bytes bytes_of(GstBuffer*);

}  // namespace rostrum::pipeline
