// All kinds and doors that this engine knows.
#pragma once

#include <filesystem>
#include <map>
#include <string_view>
#include <vector>

#include <rostrum/plugin.hpp>

namespace rostrum {

/// The plugins linked into librostrum, as an explicit table (static initialisers in archives get dropped). Written by the build
/// from the folders that CMake lists.
std::span<const PluginInfo* const> built_in_plugins();

/// Filled before streams run, read-only afterwards but for load(). Thread-safe. Row pointers stay valid for the process's life
/// (plugins are never unloaded).
class Registry {
 public:
  /// A wrong row in `plugins` is a programming error and ends the process with its name.
  explicit Registry(std::span<const PluginInfo* const> plugins = built_in_plugins());
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Result<void> add(const PluginInfo&);
  /// dlopen, find `rostrum_plugin`, check the ABI, add. Errors name file and remedy.
  Result<void> load(const std::filesystem::path&);
  [[nodiscard]] const KindInfo* kind(std::string_view name) const;
  [[nodiscard]] const DoorInfo* door(std::string_view name) const;
  [[nodiscard]] std::vector<const KindInfo*> kinds() const;  // by name
  [[nodiscard]] std::vector<const DoorInfo*> doors() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rostrum
