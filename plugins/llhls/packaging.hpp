// The llhls node: a stream's renditions as CMAF, its playlists, and the answers to those who fetch them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "llhls/dates.hpp"
#include "llhls/lane.hpp"

namespace rostrum::llhls {

struct Options {
  Duration part = std::chrono::milliseconds(500);  // a wish; see part_target.hpp
  Duration segment = std::chrono::seconds(6);
  Window window;
  LongGop long_gop = LongGop::cut;
  bool prft = false;
  std::string token;  // of this incarnation of the stream
};
Options options_of(const Params&);

class Packaging final : public Sink {
 public:
  Packaging(NodeContext&, Options);
  ~Packaging() override;

  void add(const Rendition&) override;
  void remove(int rendition) override;
  void mark(const Mark&) override;
  void frame(int rendition, const FramePtr&) override;
  void horizon(MediaTime) override;
  void gap() override;
  void resume() override;
  void end() override;
  void handle(const HttpRequest&, std::string_view rest, HttpReply) override;

  [[nodiscard]] const Origin& origin() const { return *origin_; }

 private:
  [[nodiscard]] UtcTime utc(MediaTime) const;
  [[nodiscard]] Lane* find(int rendition);
  [[nodiscard]] bool has_video() const;
  [[nodiscard]] Duration patience(const Lane&) const;
  void passed(MediaTime);
  void publish();
  [[nodiscard]] bool may_offer();
  void publish(Lane&);
  void offer();

  NodeContext& context_;
  Options options_;
  Duration target_;  // TARGETDURATION
  CutList cuts_;
  Dates dates_;
  std::shared_ptr<Origin> origin_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<std::unique_ptr<Lane>> removed_;  // their media is still fetched
  struct Numbers {
    int init = 0;
    std::int64_t msn = 0;
  };
  std::map<std::string, Numbers> next_numbers_;  // of labels that were removed: caches keep what had a number before
  MediaTime newest_ = MediaTime::min();
  Duration hold_back_{};  // PART-HOLD-BACK; 0 until the first playlist fixes it
  Duration leading_since_{};
  bool offered_ = false;
  bool warned_ = false;
  bool away_ = false;  // the publisher
  unsigned pauses_ = 0;
  bool broken_ = false;  // segments ended with the pause: the next mark is a discontinuity
  bool ended_ = false;
};

}  // namespace rostrum::llhls
