// GStreamer itself, begun once a process.
#pragma once

#include <rostrum/error.hpp>

namespace rostrum::pipeline {

/// Initialises GStreamer unless the host has, and sends its warnings to rostrum's log at Level::debug unless GST_DEBUG is set.
/// Never undone. Fails with Errc::internal. Thread-safe.
Result<void> initialise();

}  // namespace rostrum::pipeline
