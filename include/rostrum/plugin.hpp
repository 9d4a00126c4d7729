// The one symbol that a plugin exports, and the table behind it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <rostrum/door.hpp>
#include <rostrum/kind.hpp>

namespace rostrum {

/// Raised whenever a table below changes its layout; a plugin built for another value is refused by name.
inline constexpr std::uint32_t plugin_abi = 1;

struct PluginInfo {
  std::uint32_t abi = plugin_abi;
  std::string_view name;
  std::string_view version;
  std::span<const KindInfo> kinds{};
  std::span<const DoorInfo> doors{};
};

}  // namespace rostrum

/// Exports the plugin's descriptor. Kinds of a plugin are named "name.kind".
#define ROSTRUM_PLUGIN(NAME, VERSION, KINDS)                                                                 \
  extern "C" __attribute__((visibility("default"))) const ::rostrum::PluginInfo* rostrum_plugin() noexcept { \
    static const ::rostrum::PluginInfo info{::rostrum::plugin_abi, NAME, VERSION, KINDS, {}};                \
    return &info;                                                                                            \
  }
