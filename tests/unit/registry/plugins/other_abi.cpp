// A plugin for another layout of the tables: only its first field may be looked at.
#include <cstdint>

extern "C" __attribute__((visibility("default"))) const void* rostrum_plugin() noexcept {
  static const std::uint32_t abi[] = {4711};
  return abi;
}
