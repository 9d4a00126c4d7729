// Audio encoders, and the times of what they give.
#pragma once

#include <rostrum/media.hpp>

#include "core/bin.hpp"

namespace rostrum::core {

/// Adds conversion, resampling and the encoder of `codec`. Its frames get the time at which their first sample is heard, priming
/// taken off. Chain::finish fails where the element is missing.
GstElement* add_audio_encoder(Chain&, Codec codec, std::int64_t bitrate);

/// Elements that encode it.
std::vector<const char*> audio_elements(Codec);

}  // namespace rostrum::core
