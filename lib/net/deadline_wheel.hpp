// Many coarse deadlines on one timer: filing is O(1), and moving a deadline later costs nothing.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace rostrum::net {

using Clock = std::chrono::steady_clock;

class DeadlineWheel;

/// Something that may expire. It is filed in at most one wheel and takes itself out when it is destroyed.
class Deadline {
 public:
  virtual ~Deadline();
  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// When it expires as seen now; nothing = never. The wheel looks again when the filed time comes, so a deadline that only
  /// moves later need not be filed anew.
  [[nodiscard]] virtual std::optional<Clock::time_point> due() const = 0;
  /// Called out of the wheel at most `tick` after `due`. May file, unfile or destroy any deadline, this one too.
  virtual void expired(Clock::time_point now) = 0;

 private:
  friend class DeadlineWheel;
  DeadlineWheel* wheel_ = nullptr;  // nullptr: not filed
  Deadline* before_ = nullptr;
  Deadline* after_ = nullptr;
  std::int64_t slot_ = 0;
};

/// One thread only.
class DeadlineWheel {
 public:
  static constexpr Clock::duration tick = std::chrono::milliseconds(20);

  explicit DeadlineWheel(Clock::time_point now) : start_(now) {}
  ~DeadlineWheel();
  DeadlineWheel(const DeadlineWheel&) = delete;
  DeadlineWheel& operator=(const DeadlineWheel&) = delete;

  /// Files `deadline` for its `due()`, unless it is filed for that time or an earlier one already.
  void file(Deadline& deadline);
  void unfile(Deadline& deadline);
  /// Runs what is due by `now`.
  void turn(Clock::time_point now);
  /// When to turn next; nothing = not before something is filed. Asked with every filing: what it found empty it does not look at
  /// again.
  [[nodiscard]] std::optional<Clock::time_point> next();

 private:
  static constexpr std::int64_t slots = 512;  // about 10 s; what is due later waits in the last slot and is filed again

  [[nodiscard]] std::int64_t slot_of(Clock::time_point t) const;
  void link(Deadline& deadline, std::int64_t slot);

  Clock::time_point start_;
  std::int64_t turned_ = 0;  // every slot up to it has been run
  std::int64_t first_ = 0;   // nothing is filed in a slot before it
  std::array<Deadline*, slots> heads_{};
};

}  // namespace rostrum::net
