// Handles that outlive what they stand for.
#include "engine/core.hpp"
#include "stage.hpp"

using namespace rostrum;
using namespace rostrum::engine;

namespace {

MakeIsland no_islands() {
  return [](pipeline::IslandSpec, pipeline::IslandEvents) -> Result<std::unique_ptr<IslandLink>> {
    return fail(Errc::internal, "island", "not in this test");
  };
}

// Everything that a host may ask of a handle. What is not answered at once is Errc::timeout, not Errc::closed.
void ask_everything(StreamCore& stream) {
  CHECK(stream.name() == "live/cam");
  CHECK(stream.info().state == StreamState::ended);
  CHECK(stream.info().publisher.empty());
  CHECK(stream.set("hls", "part", "1s").error().code == Errc::closed);
  CHECK(stream.dot() == "digraph stream {}\n");
  stream.stop("again");
  CHECK(stream.wait(0s));
  CHECK_FALSE(stream.timeline().utc(MediaTime{}).has_value());
  CHECK(stream.claim({"rtmp 127.0.0.1", 1ms, {}}).error().code == Errc::closed);
}

}  // namespace

TEST_CASE("stream: a handle that outlives its engine answers at once, and touches nothing that is gone") {
  Record record;
  current_record() = &record;
  set_log_level(Level::error);
  std::shared_ptr<StreamCore> handle;
  {
    Core core({.threads = 1}, {}, no_islands());
    handle = *core.start(*stage_plan());
  }
  ask_everything(*handle);
}

TEST_CASE("stream: a handle to a stream that was replaced outlives the engine too") {
  Record record;
  current_record() = &record;
  set_log_level(Level::error);
  std::shared_ptr<StreamCore> first, second;
  {
    Core core({.threads = 1}, {}, no_islands());
    first = *core.start(*stage_plan());
    first->stop("by the test");
    REQUIRE(first->wait(5s));
    second = *core.start(*stage_plan());
    first->dismissed(5s);
  }
  ask_everything(*first);
  ask_everything(*second);
}

TEST_CASE("stream: uptime stands still when the stream has ended") {
  Stage s;
  const auto number = s.claim();
  s.send(number, 50);
  s.stream->stop("by the test");
  s.loop.settle();
  const Duration at_end = s.stream->info().uptime;
  CHECK(at_end > 1s);
  s.clock.now += 10s;
  CHECK(s.stream->info().uptime == at_end);
}

TEST_CASE("stream: a sink is told of the end before it goes, however the stream goes") {
  Stage s;
  const auto number = s.claim();
  s.send(number, 30);
  s.stream->dismiss();
  s.loop.settle();
  CHECK(s.count("end") == 1);
  CHECK(s.gone == 1);
}

TEST_CASE("engine: streams that have ended take no place from new ones") {
  Record record;
  current_record() = &record;
  set_log_level(Level::error);
  Core core({.threads = 1, .max_streams = 2}, {}, no_islands());
  auto plan = *stage_plan();
  const auto start = [&](std::string name) {
    plan.stream = std::move(name);
    return core.start(plan);
  };
  const auto one = start("live/one");
  REQUIRE(one.has_value());
  REQUIRE(start("live/two").has_value());
  const auto refused = start("live/three");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::limit);
  (*one)->stop("by the test");
  REQUIRE((*one)->wait(5s));
  CHECK(start("live/three").has_value());
  CHECK(core.find("live/one") == nullptr);  // it has ended and makes room
}
