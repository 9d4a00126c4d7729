#include "llhls/waiting.hpp"

#include <algorithm>
#include <utility>

namespace rostrum::llhls {

void Waiting::put(std::uint64_t number, const Goal& goal, Waiter waiter) {
  Room& room = rooms_[goal];
  room.earliest = std::min(room.earliest, waiter.deadline);
  room.waiters.emplace(number, std::move(waiter));
  ++size_;
}

Waiting::Rooms::iterator Waiting::give_out(Rooms::iterator room, std::vector<Waiters>& out) {
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
    for (auto waiter = room.waiters.begin(); waiter != room.waiters.end();) {
      const auto next = std::next(waiter);
      if (waiter->second.deadline <= now) {
        late.insert(room.waiters.extract(waiter));
      } else {
        room.earliest = std::min(room.earliest, waiter->second.deadline);
      }
      waiter = next;
    }
    size_ -= late.size();
    if (!late.empty()) out.push_back(std::move(late));
    at = room.waiters.empty() ? rooms_.erase(at) : std::next(at);
  }
}

HttpReply Waiting::forget(std::uint64_t number) {
  for (auto room = rooms_.begin(); room != rooms_.end(); ++room) {
    Waiters& waiters = room->second.waiters;
    const auto waiter = waiters.find(number);
    if (waiter == waiters.end()) continue;
    HttpReply reply = std::move(waiter->second.reply);
    waiters.erase(waiter);
    --size_;
    if (waiters.empty()) rooms_.erase(room);
    return reply;
  }
  return {};
}

}  // namespace rostrum::llhls
