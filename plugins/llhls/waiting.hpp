// Requests that wait for what is not there yet.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <rostrum/http.hpp>
#include <rostrum/media.hpp>

#include "llhls/ask.hpp"

namespace rostrum::llhls {

/// What a request wants, after its text is gone.
struct Ask {
  Address::What what = Address::What::unknown;
  bool gzip = false;
  std::int64_t number = 0;
  std::int64_t part = 0;
  std::string label;
  std::string token;
  Directives directives;
};

/// What a request waits for: all that wait for one thing are woken together. Ordered as media is.
struct Goal {
  enum class What : std::uint8_t { start, playlist, part };
  static constexpr std::int64_t no_segment = -1;     // as `msn`: of a playlist request without one
  static constexpr std::int64_t whole_segment = -1;  // as `part`: the same
  What what = What::start;
  std::int64_t msn = 0;
  std::int64_t part = 0;
  auto operator<=>(const Goal&) const = default;
};

struct Waiter {
  std::uint64_t number = 0;
  Ask ask;
  HttpReply reply;
  Duration deadline{};
  bool gone = false;  // waits no more, and has no reply
};
/// By number, side by side: thousands are gone through at once.
using Waiters = std::vector<Waiter>;

/// Who waits for a rendition's playlist and parts, or for the multivariant playlist. Its owner's lock guards it; whom it gives
/// out is to be answered without that lock, and none of them is `gone`.
class Waiting {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  void put(const Goal&, Waiter);
  /// Gives out all who wait for what `decided(Ask)` says is decided now; it is asked once for each goal.
  template <class Decided>
  void wake(Decided&& decided, std::vector<Waiters>& out) {
    for (auto room = rooms_.begin(); room != rooms_.end();) {
      room = decided(room->second.waiters.front().ask) ? give_out(room, out) : std::next(room);
    }
  }
  void wake_all(std::vector<Waiters>& out);
  /// Gives out those whose deadline is over.
  void take_late(Duration now, std::vector<Waiters>& out);
  /// Nobody waits under that number any more. Destroy what this returns without the lock.
  HttpReply forget(std::uint64_t number);

 private:
  /// Somebody waits in it.
  struct Room {
    Waiters waiters;
    std::size_t gone = 0;                 // how many of them are
    Duration earliest = Duration::max();  // no deadline is before it: most sweeps need not look at anybody
  };
  using Rooms = std::map<Goal, Room>;

  Rooms::iterator give_out(Rooms::iterator, std::vector<Waiters>& out);
  static void close_ranks(Room&);

  Rooms rooms_;
  std::size_t size_ = 0;
};

}  // namespace rostrum::llhls
