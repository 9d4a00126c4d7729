#include "llhls/waiting.hpp"

#include <algorithm>
#include <utility>

namespace rostrum::llhls {

void Waiting::put(const Goal& goal, Waiter waiter) {
  Room& room = rooms_[goal];
  room.earliest = std::min(room.earliest, waiter.deadline);
  // Numbers are given before the lock is taken for good, so two may come the other way round.
  const auto place = std::ranges::upper_bound(room.waiters, waiter.number, {}, &Waiter::number);
  room.waiters.insert(place, std::move(waiter));
  ++size_;
}

void Waiting::close_ranks(Room& room) {
  if (std::exchange(room.gone, 0) > 0) std::erase_if(room.waiters, [](const Waiter& waiter) { return waiter.gone; });
}

Waiting::Rooms::iterator Waiting::give_out(Rooms::iterator room, std::vector<Waiters>& out) {
  close_ranks(room->second);
  size_ -= room->second.waiters.size();
  out.push_back(std::move(room->second.waiters));
  return rooms_.erase(room);
}

void Waiting::wake_all(std::vector<Waiters>& out) {
  for (auto room = rooms_.begin(); room != rooms_.end();) room = give_out(room, out);
}

void Waiting::take_late(Duration now, std::vector<Waiters>& out) {
  for (auto at = rooms_.begin(); at != rooms_.end();) {
    Room& room = at->second;
    if (room.earliest > now) {
      ++at;
      continue;
    }
    Waiters late;
    room.earliest = Duration::max();
    for (Waiter& waiter : room.waiters) {
      if (waiter.gone) continue;
      if (waiter.deadline > now) {
        room.earliest = std::min(room.earliest, waiter.deadline);
        continue;
      }
      late.push_back(std::move(waiter));
      waiter.gone = true;
      ++room.gone;
    }
    size_ -= late.size();
    if (!late.empty()) out.push_back(std::move(late));
    close_ranks(room);
    at = room.waiters.empty() ? rooms_.erase(at) : std::next(at);
  }
}

HttpReply Waiting::forget(std::uint64_t number) {
  for (auto at = rooms_.begin(); at != rooms_.end(); ++at) {
    Room& room = at->second;
    const auto waiter = std::ranges::lower_bound(room.waiters, number, {}, &Waiter::number);
    if (waiter == room.waiters.end() || waiter->number != number || waiter->gone) continue;
    HttpReply reply = std::move(waiter->reply);
    waiter->gone = true;
    --size_;
    if (++room.gone * 2 > room.waiters.size()) close_ranks(room);  // not for each: all may leave at once
    if (room.waiters.empty()) rooms_.erase(at);
    return reply;
  }
  return {};
}

}  // namespace rostrum::llhls
