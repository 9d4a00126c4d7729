// AMF0 and AMF3 values; what was read can be written and read again.
#include <cstdint>

#include "rtmp/amf0.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rostrum::rtmp;
  const auto values = read_amf0_all(std::as_bytes(std::span(data, size)));
  if (!values) return 0;
  rostrum::Writer out;
  for (const AmfValue& value : *values) write_amf0(out, value);
  const auto again = read_amf0_all(out.view());
  if (!again || again->size() != values->size()) __builtin_trap();
  return 0;
}
