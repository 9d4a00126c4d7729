// A source, one rung and audio, each with a viewer.
#pragma once

#include <doctest/doctest.h>

#include <utility>

#include "viewer.hpp"

namespace rig {

struct Ladder {
  explicit Ladder(llhls::Options options = {}) : stage(std::move(options)) {
    stage.node->add(video(1, "source"));
    stage.node->add(video(2, "480p", h264({30, 1}, 854, 480), 1'200'000));
    stage.node->add(audio(3, "aac"));
    source.with_video(1).with_video(2, h264({30, 1}, 854, 480), 120ms).with_audio(3);
    sound.timescale = 48'000;
  }
  void look() {
    REQUIRE_NOTHROW(full.look());
    REQUIRE_NOTHROW(rung.look());
    REQUIRE_NOTHROW(sound.look());
  }
  void play(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      source.play(std::chrono::seconds(++time));
      if (time > 2) look();
    }
  }
  Stage stage;
  Source source{stage, {30, 1}, 60};
  Viewer full{stage, "source"}, rung{stage, "480p"}, sound{stage, "aac"};
  int time = 0;
};

}  // namespace rig
