#include "registry/shared_object.hpp"

#include <dlfcn.h>

#include <system_error>

#include <fmt/core.h>

namespace rostrum {

Result<const PluginInfo*> open_plugin(const std::filesystem::path& file) {
  std::error_code code;
  // An absolute path: dlopen looks a bare name up in the system's library folders instead.
  const std::filesystem::path path = std::filesystem::absolute(file, code);
  if (code || !std::filesystem::exists(path, code))
    return fail(Errc::not_found, file.string(), "no such file; name the plugin's shared object");
  if (!std::filesystem::is_regular_file(path, code))
    return fail(Errc::io, file.string(), "is no file; name the plugin's shared object");

  void* object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!object) {
    const char* why = dlerror();
    std::string text = why ? why : "dlopen failed";
    if (text.starts_with(path.string() + ": ")) text.erase(0, path.string().size() + 2);
    return fail(Errc::io, file.string(), fmt::format("cannot be loaded: {}", text));
  }
  using Descriptor = const PluginInfo* (*)() noexcept;
  const auto descriptor = reinterpret_cast<Descriptor>(dlsym(object, "rostrum_plugin"));
  const PluginInfo* plugin = descriptor ? descriptor() : nullptr;
  if (!plugin) {
    if (!descriptor) dlclose(object);  // nothing of it is in use
    return fail(Errc::bad_syntax, file.string(),
                "is no rostrum plugin: it has no symbol rostrum_plugin; write ROSTRUM_PLUGIN(...) in it");
  }
  // Only the first field has the same place in every ABI.
  if (plugin->abi != plugin_abi)
    return fail(Errc::version, file.string(),
                fmt::format("was built for plugin ABI {}, this rostrum {} has {}; rebuild it against these headers", plugin->abi,
                            ROSTRUM_VERSION, plugin_abi));
  return plugin;
}

}  // namespace rostrum
