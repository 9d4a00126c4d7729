// Which element decodes what.
#pragma once

#include <rostrum/media.hpp>

#include "core/bin.hpp"

namespace rostrum::core {

/// Adds the decoder of a codec to the chain. Chain::finish fails where none is installed.
GstElement* add_decoder(Chain&, Codec, int threads);

}  // namespace rostrum::core
