// One rendition's init segments, segments and parts, as long as they may be asked for.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "llhls/segment.hpp"

namespace rostrum::llhls {

struct Window {
  std::int64_t segments = 3;  // complete ones in a playlist
  Duration time{};            // or that much of them; 0 = count
};

/// Plain data; whoever owns it guards it.
class Shelf {
 public:
  struct Limits {
    Window window;
    Duration target;  // TARGETDURATION
  };
  /// `first_init`: the number of its first init segment. A shelf that takes the place of another goes on counting.
  explicit Shelf(Limits limits, int first_init = 0) : limits_(limits), first_init_(first_init) {}

  int add_init(Bytes init) {
    inits_.push_back(std::move(init));
    return next_init() - 1;
  }
  void open(Segment);
  void add(Part);
  /// The open segment gets another init segment: it holds nothing but gaps yet.
  void set_init(int init) { segments_.back().init = init; }
  void shift_dates(Duration by) {
    for (Segment& segment : segments_) segment.utc += by;
  }
  /// `now`: monotonic.
  void close(Duration now);
  /// Lets go of what the playlist no longer lists and nobody may ask for any more.
  void purge(Duration now);

  /// All that can be fetched, oldest first; the last one may be open.
  [[nodiscard]] const std::deque<Segment>& segments() const { return segments_; }
  /// Index of the first segment that the playlist lists.
  [[nodiscard]] std::size_t first_listed() const { return listed_; }
  [[nodiscard]] const Segment* find(std::int64_t msn) const;
  [[nodiscard]] const Bytes* init(int number) const;
  [[nodiscard]] int next_init() const { return first_init_ + static_cast<int>(inits_.size()); }
  [[nodiscard]] bool has_open() const { return !segments_.empty() && !segments_.back().complete; }
  /// Of the parts that the playlist lists.
  [[nodiscard]] Duration listed_time() const;
  [[nodiscard]] std::size_t bytes() const;

  /// Bit/s: the highest of a segment (the average, before one is complete) and the average over all. rfc8216bis 4.1 measures the
  /// peak over half a target duration at least: shorter segments count together.
  [[nodiscard]] std::int64_t peak() const;
  [[nodiscard]] std::int64_t average() const;

 private:
  [[nodiscard]] bool spare() const;

  Limits limits_;
  std::deque<Bytes> inits_;
  int first_init_;  // number of the oldest
  std::deque<Segment> segments_;
  std::size_t listed_ = 0;
  std::deque<Duration> until_;  // for each unlisted segment: when it may go
  Duration longest_{};          // the longest playlist so far
  double peak_ = 0;
  double short_bits_ = 0;  // of short segments in a row
  Duration short_time_{};
  double bits_ = 0;
  double seconds_ = 0;
};

}  // namespace rostrum::llhls
