#include "net/deadline_wheel.hpp"

#include <algorithm>

namespace rostrum::net {

Deadline::~Deadline() {
  if (wheel_) wheel_->unfile(*this);
}

DeadlineWheel::~DeadlineWheel() {
  for (Deadline* head : heads_) {
    for (Deadline* at = head; at; at = at->after_) at->wheel_ = nullptr;
  }
}

// Rounded up: a deadline never fires before its time.
std::int64_t DeadlineWheel::slot_of(Clock::time_point t) const {
  return t <= start_ ? 0 : (t - start_ + tick - Clock::duration(1)) / tick;
}

void DeadlineWheel::file(Deadline& deadline) {
  const auto due = deadline.due();
  if (!due) return unfile(deadline);
  const std::int64_t slot = std::clamp(slot_of(*due), turned_ + 1, turned_ + slots - 1);
  if (deadline.wheel_ && deadline.slot_ <= slot) return;
  unfile(deadline);
  link(deadline, slot);
}

void DeadlineWheel::link(Deadline& deadline, std::int64_t slot) {
  Deadline*& head = heads_[static_cast<std::size_t>(slot % slots)];
  first_ = std::min(first_, slot);
  deadline.wheel_ = this;
  deadline.slot_ = slot;
  deadline.before_ = nullptr;
  deadline.after_ = head;
  if (head) head->before_ = &deadline;
  head = &deadline;
}

void DeadlineWheel::unfile(Deadline& deadline) {
  if (!deadline.wheel_) return;
  (deadline.before_ ? deadline.before_->after_ : heads_[static_cast<std::size_t>(deadline.slot_ % slots)]) = deadline.after_;
  if (deadline.after_) deadline.after_->before_ = deadline.before_;
  deadline.wheel_ = nullptr;
}

void DeadlineWheel::turn(Clock::time_point now) {
  const std::int64_t until = now <= start_ ? 0 : (now - start_) / tick;
  // After a long sleep every slot is visited once, not every tick that was slept through.
  if (until - turned_ > slots) turned_ = until - slots;
  while (turned_ < until) {
    ++turned_;
    // What is filed while this slot runs goes to later slots, so the list only shrinks.
    while (Deadline* deadline = heads_[static_cast<std::size_t>(turned_ % slots)]) {
      unfile(*deadline);
      const auto due = deadline->due();
      if (!due) continue;
      if (*due <= now) {
        deadline->expired(now);
      } else {
        link(*deadline, std::clamp(slot_of(*due), turned_ + 1, turned_ + slots - 1));
      }
    }
  }
}

std::optional<Clock::time_point> DeadlineWheel::next() {
  for (first_ = std::max(first_, turned_ + 1); first_ < turned_ + slots; ++first_) {
    if (heads_[static_cast<std::size_t>(first_ % slots)]) return start_ + first_ * tick;
  }
  return std::nullopt;
}

}  // namespace rostrum::net
