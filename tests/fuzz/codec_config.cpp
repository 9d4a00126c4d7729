// Every configuration record: the first byte chooses the codec.
#include <cstdint>

#include <rostrum/media.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto codec = static_cast<rostrum::Codec>(data[0] % 8);
  const auto config = rostrum::Bytes::copy(std::as_bytes(std::span(data + 1, size - 1)));
  if (auto format = rostrum::describe(codec, config)) {
    if ((*format)->width < 0 || (*format)->height < 0 || (*format)->rfc6381.empty()) __builtin_trap();
  }
  return 0;
}
