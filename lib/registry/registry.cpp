#include "registry/registry.hpp"

#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>

#include <fmt/core.h>

#include <rostrum/log.hpp>

#include "registry/rows.hpp"
#include "registry/shared_object.hpp"

namespace rostrum {
namespace {

/// Rows by name, each with the plugin that it came from.
template <class Row>
struct Table {
  struct Owned {
    const Row* row;
    const PluginInfo* plugin;
  };
  std::map<std::string_view, Owned> rows;

  [[nodiscard]] Result<void> all_free(std::string_view what, const PluginInfo& plugin, std::span<const Row> added) const {
    std::set<std::string_view> fresh;
    for (const Row& row : added) {
      const auto there = rows.find(row.name);
      if (there == rows.end() && fresh.insert(row.name).second) continue;
      return fail(Errc::busy, std::string(plugin.name),
                  fmt::format("the {} {} is already there, from plugin {}; give it another name", what, row.name,
                              there == rows.end() ? plugin.name : there->second.plugin->name));
    }
    return {};
  }
  void add(const PluginInfo& plugin, std::span<const Row> added) {
    for (const Row& row : added) rows.emplace(row.name, Owned{&row, &plugin});
  }
  [[nodiscard]] const Row* find(std::string_view name) const {
    const auto found = rows.find(name);
    return found == rows.end() ? nullptr : found->second.row;
  }
  [[nodiscard]] std::vector<const Row*> all() const {
    std::vector<const Row*> out;
    for (const auto& [name, owned] : rows) out.push_back(owned.row);
    return out;
  }
};

}  // namespace

struct Registry::Impl {
  mutable std::shared_mutex mutex;  // guards all below
  std::set<const PluginInfo*> plugins;
  Table<KindInfo> kinds;
  Table<DoorInfo> doors;
};

Registry::Registry(std::span<const PluginInfo* const> plugins) : impl_(std::make_unique<Impl>()) {
  for (const PluginInfo* plugin : plugins) {
    const auto added = add(*plugin);
    if (added) continue;
    log(Level::error, "registry", {}, fmt::format("plugin {}: {}", plugin->name, added.error().message()));
    std::abort();  // the first test that makes a registry finds it
  }
}
Registry::~Registry() = default;

Result<void> Registry::add(const PluginInfo& plugin) {
  if (auto fine = check_rows(plugin); !fine) return fine;
  std::unique_lock lock(impl_->mutex);
  if (impl_->plugins.contains(&plugin)) return {};
  // All or nothing: a plugin that is half there would be found out by graphs, one by one.
  if (auto free = impl_->kinds.all_free("kind", plugin, plugin.kinds); !free) return free;
  if (auto free = impl_->doors.all_free("door", plugin, plugin.doors); !free) return free;
  impl_->kinds.add(plugin, plugin.kinds);
  impl_->doors.add(plugin, plugin.doors);
  impl_->plugins.insert(&plugin);
  return {};
}

Result<void> Registry::load(const std::filesystem::path& file) {
  const auto plugin = open_plugin(file);
  if (!plugin) return tl::unexpected(plugin.error());
  for (const KindInfo& kind : (*plugin)->kinds)
    if (const std::string prefix = fmt::format("{}.", (*plugin)->name); !kind.name.starts_with(prefix))
      return fail(Errc::bad_param, file.string(),
                  fmt::format("the kind {} must begin with its plugin's name: {}{}", kind.name, prefix, kind.name));
  return add(**plugin).map_error([&](Error error) {
    error.where =
        error.where.empty() || error.where == (*plugin)->name ? file.string() : fmt::format("{}: {}", file.string(), error.where);
    return error;
  });
}

const KindInfo* Registry::kind(std::string_view name) const {
  std::shared_lock lock(impl_->mutex);
  return impl_->kinds.find(name);
}
const DoorInfo* Registry::door(std::string_view name) const {
  std::shared_lock lock(impl_->mutex);
  return impl_->doors.find(name);
}
std::vector<const KindInfo*> Registry::kinds() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->kinds.all();
}
std::vector<const DoorInfo*> Registry::doors() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->doors.all();
}

}  // namespace rostrum
