// Asking memory ahead: for who goes through thousands of things that were put down long ago for a cache.
#pragma once

#include <cstddef>

namespace rostrum {

/// Asks memory for `size` bytes that are about to be touched. `what` may be anything, nullptr too.
inline void prefetch(const void* what, std::size_t size) {
  if (!what) return;
  constexpr std::size_t line = 64;
  const auto* bytes = static_cast<const std::byte*>(what);
  for (std::size_t at = 0; at < size; at += line) __builtin_prefetch(bytes + at);
}

}  // namespace rostrum
