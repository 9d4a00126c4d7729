#include "rtmp/losses.hpp"

#include <fmt/core.h>
#include <rostrum/log.hpp>

namespace rostrum::rtmp {

void Losses::count(Drop drop, std::string_view why) {
  Counter*& counter = counters_[static_cast<std::size_t>(drop)];
  if (!counter) {
    counter = &metrics_.counter("rostrum_rtmp_dropped_total", "Frames and messages left out while their publisher went on",
                                {{"reason", name_of(drop)}});
    log(Level::warning, "rtmp", stream_, fmt::format("{}; dropped, and so will be what follows like it", why));
  }
  counter->add();
}

void Losses::only_track_0() {
  if (!std::exchange(multitrack_told_, true))
    log(Level::warning, "rtmp", stream_, "several tracks are sent; only track 0 is taken");
}

}  // namespace rostrum::rtmp
