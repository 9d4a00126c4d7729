// One rendition on its way from frames to a published playlist.
#pragma once

#include <memory>

#include <rostrum/node.hpp>

#include "llhls/edge.hpp"
#include "llhls/media_playlist.hpp"
#include "llhls/multivariant.hpp"
#include "llhls/origin.hpp"
#include "llhls/packager.hpp"

namespace rostrum::llhls {

/// Ties a packager to its shelf. Stream thread only; the shelf is written under the origin's lock.
class Lane final : private PartSink {
 public:
  Lane(Rendition, PackagerOptions, const CutList&, std::shared_ptr<Shelf>, Origin&, NodeContext&);

  [[nodiscard]] const Rendition& rendition() const { return rendition_; }
  [[nodiscard]] Track track() const { return rendition_.format->track(); }
  Packager packager;

  /// Something has come since the last publication.
  [[nodiscard]] bool changed() const { return changed_; }
  /// Enough to start playing.
  [[nodiscard]] bool ready() const { return parts_ >= parts_to_start || ended_; }
  [[nodiscard]] bool published() const { return published_; }
  /// Of the newest whole segment in the published playlist.
  [[nodiscard]] std::int64_t published_msn() const { return published_msn_; }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] bool has_media() const { return parts_ > 0; }
  /// PART-TARGET, or what it will be once there are frames.
  [[nodiscard]] Duration part_target() const;
  [[nodiscard]] Report report() const;
  [[nodiscard]] Offer offer() const;
  /// Every segment in the playlist starts with a random access point.
  [[nodiscard]] bool independent() const;
  /// The number that its next init segment would have.
  [[nodiscard]] int next_init() const { return shelf_->next_init(); }
  /// Of its playlist.
  [[nodiscard]] Duration listed_time() const { return shelf_->listed_time(); }

  /// `facts` without what the lane knows itself.
  void publish(PlaylistFacts facts);
  void end();
  /// Nobody may ask for its media any more.
  void forget() { origin_.remove(rendition_.label, shelf_); }
  /// Every date of what is packaged so far, before the first publication.
  void shift_dates(Duration by);

 private:
  static constexpr int parts_to_start = 3;

  int format(const FormatPtr&) override;
  void open(Segment) override;
  void part(Part) override;
  void close() override;
  [[nodiscard]] Edge edge() const;

  Rendition rendition_;
  Duration part_;
  Origin& origin_;
  NodeContext& context_;
  Counter& parts_made_;
  Counter& gaps_made_;
  std::shared_ptr<Shelf> shelf_;
  FormatPtr format_;
  int parts_ = 0;
  bool in_gap_ = false;
  bool changed_ = false;
  bool published_ = false;
  std::int64_t published_msn_ = 0;
  bool ended_ = false;
};

}  // namespace rostrum::llhls
