// Judges the rows of a plugin before any graph meets them.
#pragma once

#include <rostrum/plugin.hpp>

namespace rostrum {

/// Names, defaults, ranges and ports of every row. Fails with Errc::bad_param at the first wrong one, `where` names it
/// ("acme.watermark.text"): a mistake of the plugin's author.
Result<void> check_rows(const PluginInfo&);

}  // namespace rostrum
