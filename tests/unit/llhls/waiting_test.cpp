// Requests that wait: who is given out, and when.
#include <doctest/doctest.h>

#include <algorithm>

#include "llhls/waiting.hpp"

using namespace rostrum;
using namespace rostrum::llhls;
using namespace std::chrono_literals;

namespace {

constexpr Goal first{Goal::What::part, 1, 0}, second{Goal::What::part, 1, 1};

struct Room {
  void put(std::uint64_t number, const Goal& goal = first, Duration deadline = 10s) {
    Ask ask;
    ask.number = static_cast<std::int64_t>(number);
    waiting.put(goal, {number, std::move(ask), HttpReply::from([this](HttpResponse) { ++answered; }), deadline});
  }
  // Of all rooms, in the order in which they are given out.
  static std::vector<std::uint64_t> numbers(const std::vector<Waiters>& out) {
    std::vector<std::uint64_t> all;
    for (const Waiters& waiters : out) {
      for (const Waiter& waiter : waiters) {
        CHECK_FALSE(waiter.gone);
        CHECK(waiter.reply.wanted());
        all.push_back(waiter.number);
      }
    }
    return all;
  }
  std::vector<std::uint64_t> woken() {
    std::vector<Waiters> out;
    waiting.wake_all(out);
    return numbers(out);
  }
  std::vector<std::uint64_t> late(Duration now) {
    std::vector<Waiters> out;
    waiting.take_late(now, out);
    return numbers(out);
  }

  int answered = 0;
  Waiting waiting;
};

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("waiting: whoever waits no more is found in any order of coming and going, and nobody else goes") {
  Room room;
  for (const std::uint64_t number : {1, 2, 5, 4, 3, 6, 7}) room.put(number);  // two threads may pass each other
  room.put(8, second);
  for (const std::uint64_t number : {4, 1, 7, 6, 8}) {
    CHECK(room.waiting.forget(number).wanted());
    const std::size_t left = room.waiting.size();
    CHECK_FALSE(room.waiting.forget(number).wanted());
    CHECK(room.waiting.size() == left);
  }
  CHECK_FALSE(room.waiting.forget(9).wanted());
  CHECK(room.waiting.size() == 3);
  CHECK(room.woken() == Numbers{2, 3, 5});
  CHECK(room.waiting.size() == 0);
  CHECK(room.answered == 8);  // each reply was dropped once
}

TEST_CASE("waiting: a goal is asked for once, and wakes all who have it") {
  Room room;
  for (const std::uint64_t number : {1, 2, 3}) room.put(number);
  room.put(4, second);
  CHECK(room.waiting.forget(1).wanted());
  int asked = 0;
  std::vector<Waiters> out;
  room.waiting.wake(
      [&](const Ask& ask) {
        ++asked;
        return ask.number < 4;
      },
      out);
  CHECK(asked == 2);
  CHECK(Room::numbers(out) == Numbers{2, 3});
  CHECK(room.waiting.size() == 1);
  CHECK(room.woken() == Numbers{4});
}

TEST_CASE("waiting: deadlines take out those who are late, and no one twice") {
  Room room;
  room.put(1, first, 3s);
  room.put(2, first, 1s);
  room.put(3, first, 2s);
  room.put(4, first, 1s);
  room.put(5, second, 5s);
  CHECK(room.waiting.forget(4).wanted());
  CHECK(room.late(500ms).empty());
  CHECK(room.late(2s) == Numbers{2, 3});
  CHECK(room.late(2s).empty());
  CHECK(room.waiting.size() == 2);
  CHECK(room.late(3s) == Numbers{1});
  CHECK(room.woken() == Numbers{5});
}
