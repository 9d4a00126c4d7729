// A plugin's descriptor out of a file.
#pragma once

#include <filesystem>

#include <rostrum/plugin.hpp>

namespace rostrum {

/// Loads the file, finds `rostrum_plugin` and checks the ABI. The object stays mapped for the process's life, because rows point
/// into it. Fails with Errc::not_found, Errc::io (no shared object, not for this machine), Errc::bad_syntax (no descriptor) or
/// Errc::version, which names both.
Result<const PluginInfo*> open_plugin(const std::filesystem::path&);

}  // namespace rostrum
