// The house as a door plugin sees it.
#pragma once

#include <memory>

#include <rostrum/door.hpp>

namespace rostrum::engine {

class Core;

/// One for each open door; outlives its connections. Thread-safe.
std::unique_ptr<DoorContext> make_publish_door(Core&, const Params&);

}  // namespace rostrum::engine
