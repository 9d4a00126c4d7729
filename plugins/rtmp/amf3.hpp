// AMF3: what some publishers switch to inside a command (amf-file-format-spec).
#pragma once

#include <rostrum/bytes.hpp>
#include <rostrum/error.hpp>

#include "rtmp/amf_value.hpp"

namespace rostrum::rtmp {

/// Reads one AMF3 value from the front of `in`, with reference tables of its own. A reference to an object reads as null, so that
/// nothing expands. Fails with Errc::bad_syntax, Errc::limit past `budget`, Errc::unsupported for vectors, dictionaries and
/// externalizable classes.
Result<AmfValue> read_amf3(Reader& in, AmfBudget& budget);

}  // namespace rostrum::rtmp
