// What an admitted publisher sends: media messages in, frames to the house's Publisher out.
#pragma once

#include <memory>

#include <rostrum/door.hpp>

#include "rtmp/amf_value.hpp"
#include "rtmp/message.hpp"
#include "rtmp/track_input.hpp"

namespace rostrum::rtmp {

/// Connection thread only. Dropping it without `end` is an end without a goodbye.
class Publication {
 public:
  Publication(std::unique_ptr<Publisher> publisher, Metrics& metrics, std::string stream)
      : publisher_(std::move(publisher)), losses_(metrics, std::move(stream)) {}

  /// Audio, video, data and aggregate messages; others are left alone. Fails for a codec or configuration that rostrum cannot
  /// carry.
  Result<void> take(const Message&);
  void end(std::string_view why) { publisher_->end(why); }

 private:
  struct Announcement {
    bool video = false;
    bool audio = false;
    Rational rate;
    friend bool operator==(const Announcement&, const Announcement&) = default;
  };

  Result<void> media(Track, const Message&);
  void data(const Message&);
  void metadata(const AmfValue&);
  Result<void> aggregate(const Message&);
  MediaTime unwrap(std::uint32_t timestamp);

  std::unique_ptr<Publisher> publisher_;
  Losses losses_;
  TrackInput video_, audio_;
  Announcement announced_;
  std::int64_t clock_ = 0;  // ms of the last media message, unwrapped; one for all tracks, so that they wrap together
  bool clock_known_ = false;
};

}  // namespace rostrum::rtmp
