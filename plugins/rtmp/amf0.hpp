// AMF0: the values of RTMP's commands and metadata (amf0-file-format-specification).
#pragma once

#include <rostrum/bytes.hpp>
#include <rostrum/error.hpp>

#include "rtmp/amf_value.hpp"

namespace rostrum::rtmp {

/// Reads one value from the front of `in`; a value that switches to AMF3 (marker 0x11) too. Announced counts allocate nothing.
/// Fails with Errc::bad_syntax for broken bytes, Errc::limit past `budget`, which it uses up.
Result<AmfValue> read_amf0(Reader& in, AmfBudget& budget);
/// The message's values to its end.
Result<std::vector<AmfValue>> read_amf0_all(ByteView payload);

void write_amf0(Writer& out, const AmfValue&);

}  // namespace rostrum::rtmp
