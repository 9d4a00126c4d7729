// What a player may ask, and what it is told.
#include <doctest/doctest.h>

#include <zlib.h>

#include <atomic>
#include <thread>

#include "llhls/catalogue.hpp"
#include "viewer.hpp"

using namespace rig;

namespace {

constexpr std::string_view immutable = "public, max-age=36, immutable";

/// One rendition; the playlist stands at segment 299209201 with part 1 (7.1 s).
struct Live {
  Live() {
    stage.node->add(video(1, "v"));
    source.with_video(1);
    source.play(7100ms);
  }
  Answer get(const std::string& rest) { return stage.get("v/" + rest); }
  Answer reload(const std::string& query) { return stage.get("v/index.m3u8?" + query); }
  Stage stage;
  Source source{stage, {30, 1}, 180};
};

std::string unzipped(const std::string& packed) {
  std::string out(1 << 20, '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 31) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("llhls: a reload past the live edge waits for exactly one part") {
  Live live;
  const auto next = live.reload("_HLS_msn=299209201&_HLS_part=2");
  CHECK_FALSE(next.came());
  CHECK(live.stage.node->origin().waiting() == 1);
  CHECK(live.stage.house.gauged("rostrum_llhls_waiting") == 1);
  live.source.play(7450ms);
  CHECK_FALSE(next.came());
  live.source.play(7500ms);
  REQUIRE(next.status() == 200);
  CHECK(next.body().find("t0-299209201.2.m4s\"\n#EXT-X-PRELOAD-HINT") != std::string::npos);
  CHECK(next.header("Cache-Control") == immutable);
  CHECK(live.stage.house.gauged("rostrum_llhls_waiting") == 0);
}

TEST_CASE("llhls: a reload for what is there is answered at once") {
  Live live;
  for (const char* query : {"_HLS_msn=299209201&_HLS_part=1", "_HLS_msn=299209201&_HLS_part=0", "_HLS_msn=299209200",
                            "_HLS_msn=299209200&_HLS_part=3"}) {
    CAPTURE(query);
    CHECK(live.reload(query).status() == 200);
    CHECK(live.reload(query).header("Cache-Control") == immutable);
  }
  CHECK(live.reload("_HLS_msn=1").status() == 200);
  CHECK(live.reload("_HLS_msn=1").header("Cache-Control") == "public, max-age=1");
}

TEST_CASE("llhls: _HLS_msn alone waits for the whole segment") {
  Live live;
  const auto whole = live.reload("_HLS_msn=299209201");
  live.source.play(11'990ms);
  CHECK_FALSE(whole.came());
  live.source.play(12'100ms);
  CHECK(whole.status() == 200);
  CHECK(whole.body().find("\nt0-299209201.m4s\n") != std::string::npos);
}

TEST_CASE("llhls: a part past the end of its segment is part 0 of the next") {
  Live live;
  CHECK(live.reload("_HLS_msn=299209200&_HLS_part=12").status() == 200);
  live.source.play(12'100ms);
  const auto rolled = live.reload("_HLS_msn=299209201&_HLS_part=12");
  CHECK_FALSE(rolled.came());
  live.source.play(12'500ms);
  CHECK(rolled.status() == 200);
}

TEST_CASE("llhls: a reload that makes no sense is a 400") {
  Live live;
  for (const char* query :
       {"_HLS_part=1", "_HLS_msn=299209203", "_HLS_msn=299209203&_HLS_part=0", "_HLS_msn=-1", "_HLS_msn=", "_HLS_msn=abc",
        "_HLS_msn=1e9", "_HLS_msn=99999999999999999999", "_HLS_msn=1&_HLS_msn=2", "_HLS_msn=1&_HLS_part=1&_HLS_part=1",
        "_HLS_msn=299209201&_HLS_part=-1", "_HLS_skip=YES&_HLS_skip=YES", "_HLS_msn=299209201&_HLS_part=8"}) {
    CAPTURE(query);
    CHECK(live.reload(query).status() == 400);
    CHECK(live.reload(query).header("Cache-Control") == "no-store");
    CHECK(live.reload(query).header("Access-Control-Allow-Origin") == "*");
  }
  CHECK(live.stage.house.counted("rostrum_llhls_requests_total,class=refused") == 39);
  CHECK_FALSE(live.reload("_HLS_msn=299209201&_HLS_part=7").came());
  CHECK_FALSE(live.reload("_HLS_msn=299209202&_HLS_part=0").came());
}

TEST_CASE("llhls: while the publisher is away a reload gets the present playlist in the end, never an error") {
  Live live;
  live.stage.node->gap();
  live.stage.house.pass(600ms);  // what had come is out by now, and its segment complete
  const auto next = live.reload("_HLS_msn=299209202&_HLS_part=0");
  live.stage.house.pass(17s);
  CHECK_FALSE(next.came());
  live.stage.house.pass(1500ms);
  REQUIRE(next.status() == 200);
  CHECK(next.header("Cache-Control") == "no-store");
  CHECK(live.get("index.m3u8").status() == 200);
}

TEST_CASE("llhls: the end of the stream ends the playlists and answers who waits") {
  Live live;
  const auto next = live.reload("_HLS_msn=299209201&_HLS_part=5");
  const auto part = live.get("t0-299209201.2.m4s");
  CHECK_FALSE(part.came());
  live.stage.node->end();
  REQUIRE(next.status() == 200);
  CHECK(next.body().ends_with("#EXT-X-ENDLIST\n"));
  CHECK(part.came());
  // rfc8216bis 6.2.5.2: directives are ignored from here on
  CHECK(live.reload("_HLS_msn=399209201").status() == 200);
  CHECK(live.stage.node->origin().waiting() == 0);
}

TEST_CASE("llhls: the hinted part is waited for, and no other") {
  Live live;
  const auto list = read_playlist(live.get("index.m3u8").body());
  CHECK(list.hint == "t0-299209201.2.m4s");
  const auto hinted = live.get(list.hint);
  CHECK_FALSE(hinted.came());
  for (const char* name :
       {"t0-299209201.3.m4s", "t0-299209202.1.m4s", "t0-299209203.0.m4s", "xx-299209201.2.m4s", "t0-299209201.m4s",
        "t0-init9.mp4", "t0-.m4s", "t0-1.2.3.m4s", "nothing", "t0-99999999999999999999.m4s"}) {
    CAPTURE(name);
    CHECK(live.get(name).status() == 404);
  }
  CHECK(live.stage.get("w/index.m3u8").status() == 404);
  live.source.play(7500ms);
  CHECK(hinted.status() == 200);
}

TEST_CASE("llhls: the hint at the end of a segment names the next one's first part") {
  Live live;
  live.source.play(11'990ms);
  CHECK(read_playlist(live.get("index.m3u8").body()).hint == "t0-299209202.0.m4s");
  const auto first = live.get("t0-299209202.0.m4s");
  CHECK_FALSE(first.came());
  live.source.play(12'500ms);
  CHECK(first.status() == 200);
}

TEST_CASE("llhls: who waits for a part that a cut leaves out is told so at once") {
  Live live;
  live.source.play(7600ms);
  const auto never = live.get("t0-299209201.3.m4s");
  CHECK_FALSE(never.came());
  live.source.jump(1s);  // the open part ends short of it, and the segment with it
  live.source.play(100ms);
  CHECK(live.get("t0-299209201.4.m4s").status() == 404);
}

TEST_CASE("llhls: media may be cached for good, playlists for a moment") {
  Live live;
  for (const char* name : {"t0-init0.mp4", "t0-299209200.m4s", "t0-299209200.3.m4s", "t0-299209201.1.m4s"}) {
    CAPTURE(name);
    const auto answer = live.get(name);
    CHECK(answer.status() == 200);
    CHECK(answer.header("Content-Type") == "video/mp4");
    CHECK(answer.header("Cache-Control") == "public, max-age=3600, immutable");
    CHECK(answer.header("Accept-Ranges") == "bytes");
    CHECK_FALSE(answer.header("ETag").empty());
  }
  CHECK(live.get("index.m3u8").header("Cache-Control") == "public, max-age=1");
  CHECK(live.get("index.m3u8").header("Content-Type") == "application/vnd.apple.mpegurl");
  CHECK(live.stage.get("index.m3u8").header("Cache-Control") == "public, max-age=1");
  CHECK(live.get("t0-1.m4s").header("Cache-Control") == "public, max-age=1");
  CHECK(live.get("index.m3u8").header("Access-Control-Allow-Origin") == "*");
}

TEST_CASE("llhls: a playlist is compressed where the client takes it, under a tag of its own") {
  Live live;
  const auto plain = live.get("index.m3u8");
  for (const char* accept : {"gzip", "br, GZIP;q=0.5", "deflate , gzip", "gzip ; Q=0.001", "gzip;iq=0"}) {
    const auto packed = live.stage.get("v/index.m3u8", {{"accept-encoding", accept}});
    CHECK(packed.header("Content-Encoding") == "gzip");
    CHECK(packed.header("Vary") == "Accept-Encoding");
    CHECK(packed.header("ETag") != plain.header("ETag"));
    CHECK(unzipped(packed.body()) == plain.body());
  }
  for (const char* accept : {"", "br", "gzip;q=0", "gzip;Q=0.00", "gzip; x=1 ;\tq=0. , gzip", "xgzip"})
    CHECK(live.stage.get("v/index.m3u8", {{"Accept-Encoding", accept}}).header("Content-Encoding").empty());
}

TEST_CASE("llhls: a delta update leaves out what lies behind the skip boundary") {
  llhls::Options options;
  options.window.segments = 20;
  Stage stage(options);
  stage.node->add(video(1, "v"));
  Source source(stage, {30, 1}, 60);
  source.with_video(1);
  source.play(30s);
  CHECK(stage.text("v/index.m3u8?_HLS_skip=YES") == stage.text("v/index.m3u8"));
  source.play(92'100ms);
  const auto full = read_playlist(stage.text("v/index.m3u8"));
  const std::string text = stage.text("v/index.m3u8?_HLS_skip=v2");
  const auto delta = read_playlist(text);
  CHECK(delta.skipped == 9);
  CHECK(delta.first_msn == full.first_msn);
  CHECK(full.segments[9].uri == delta.segments[0].uri);
  // all that was not skipped stays (6.2.5.1)
  const std::string whole = stage.text("v/index.m3u8");
  const auto from = text.find("#EXT-X-PROGRAM-DATE-TIME");
  CHECK(whole.ends_with(text.substr(from)));
  const auto waited = stage.get("v/index.m3u8?_HLS_msn=299209216&_HLS_part=0&_HLS_skip=YES");
  CHECK_FALSE(waited.came());
  source.play(92'500ms);
  CHECK(read_playlist(waited.body()).skipped == 9);
}

TEST_CASE("llhls: a starting stream holds its viewers until there are three parts") {
  Stage stage;
  stage.node->add(video(1, "v"));
  const auto index = stage.get("index.m3u8");
  const auto list = stage.get("v/index.m3u8");
  Source source(stage, {30, 1}, 60);
  source.with_video(1);
  source.play(1450ms);
  CHECK_FALSE(index.came());
  source.play(1500ms);
  CHECK(index.status() == 200);
  CHECK(list.status() == 200);
  CHECK(read_playlist(list.body()).segments.back().parts.size() == 3);
}

TEST_CASE("llhls: who comes to a starting stream for a part of it holds up nobody, and gets no list without it") {
  Stage stage;
  stage.node->add(video(1, "v"));
  const auto before = stage.get("v/index.m3u8?_HLS_msn=299209200&_HLS_part=5");
  const auto list = stage.get("v/index.m3u8");
  const auto after = stage.get("v/index.m3u8?_HLS_msn=299209200&_HLS_part=5");
  Source source(stage, {30, 1}, 180);
  source.with_video(1);
  source.play(1500ms);
  CHECK(list.status() == 200);
  CHECK_FALSE(before.came());
  CHECK_FALSE(after.came());
  source.play(3000ms);
  CHECK(before.status() == 200);
  CHECK(read_playlist(after.body()).segments.back().parts.size() == 6);
}

TEST_CASE("llhls: who comes to a starting stream for its list alone does not wait with those who name segment 0") {
  llhls::Catalogue catalogue("t0", 6s);
  catalogue.add("v", Track::video, std::make_shared<llhls::Shelf>(llhls::Shelf::Limits{{}, 6s}));
  llhls::Ask list{.what = llhls::Address::What::playlist, .label = "v"};
  llhls::Ask first = list;
  first.directives.msn = 0;
  CHECK(std::get<llhls::Goal>(catalogue.decide(list)) != std::get<llhls::Goal>(catalogue.decide(first)));
}

TEST_CASE("llhls: a stream that does not start is a 404 after five seconds") {
  Stage stage;
  const auto index = stage.get("index.m3u8");
  stage.house.pass(4900ms);
  CHECK_FALSE(index.came());
  stage.house.pass(400ms);
  CHECK(index.status() == 404);
  CHECK(index.header("Cache-Control") == "no-store");
}

TEST_CASE("llhls: a viewer's session goes into the multivariant playlist's links, and into no cache") {
  Live live;
  const auto answer = live.stage.get("index.m3u8?session=a1b2");
  CHECK(answer.body().find("\nv/index.m3u8?session=a1b2\n") != std::string::npos);
  CHECK(answer.header("Cache-Control") == "no-store");
  CHECK(live.stage.get("index.m3u8?session=\"%0a").body().find("session") == std::string::npos);
}

TEST_CASE("llhls: what has left the playlist can still be fetched for as long as the specification says") {
  Live live;
  live.source.play(30'100ms);
  CHECK(read_playlist(live.get("index.m3u8").body()).first_msn == 299209202);
  CHECK(live.get("t0-299209200.m4s").status() == 200);
  CHECK(live.get("t0-299209200.4.m4s").status() == 200);
  live.source.play(60s);
  CHECK(live.get("t0-299209200.m4s").status() == 404);
  CHECK(live.get("t0-299209200.4.m4s").status() == 404);
}

TEST_CASE("llhls: a playlist never holds less than three target durations once it has them") {
  for (const int gop : {33, 60, 120, 170}) {
    CAPTURE(gop);
    llhls::Options options;
    options.window.segments = 1;
    Stage stage(options);
    stage.node->add(video(1, "v"));
    Source source(stage, {30, 1}, gop);
    source.with_video(1);
    source.play(25s);
    for (int s = 26; s < 60; ++s) {
      source.play(std::chrono::seconds(s));
      CHECK(read_playlist(stage.text("v/index.m3u8")).complete_time() >= 18);
    }
  }
}

TEST_CASE("llhls: a viewer that goes away while it waits is forgotten") {
  struct Gone final : HttpReply::Sink {
    void answer(HttpResponse) override { ++answers; }
    void when_abandoned(std::function<void()> f) override { leave = std::move(f); }
    std::function<void()> leave;
    int answers = 0;
  };
  Live live;
  auto gone = std::make_shared<Gone>();
  HttpRequest request;
  request.query = "_HLS_msn=299209201&_HLS_part=2";
  live.stage.node->handle(request, "v/index.m3u8", HttpReply(gone));
  CHECK(live.stage.node->origin().waiting() == 1);
  gone->leave();
  CHECK(live.stage.node->origin().waiting() == 0);
}

TEST_CASE("llhls: ten thousand who wait for one part share one body") {
  Live live;
  std::vector<Answer> answers;
  for (int i = 0; i < 10'000; ++i) answers.push_back(live.reload("_HLS_msn=299209201&_HLS_part=2"));
  CHECK(live.stage.node->origin().waiting() == 10'000);
  live.source.play(7500ms);
  const auto* body = (*answers[0].slot)->body[0].data();
  for (const Answer& answer : answers) REQUIRE((*answer.slot)->body[0].data() == body);
}

TEST_CASE("llhls: any thread may ask while the stream plays") {
  Live live;
  std::atomic<bool> playing{true};
  std::atomic<int> right{0}, wrong{0}, owed{0};
  std::vector<std::thread> viewers;
  for (int i = 0; i < 3; ++i) {
    viewers.emplace_back([&] {
      for (std::int64_t n = 0; playing; ++n) {
        for (const std::string& rest : {"v/index.m3u8?_HLS_msn=" + std::to_string(299209200 + n % 6), std::string("index.m3u8"),
                                        std::string("v/index.m3u8"), "v/t0-2992092" + std::to_string(10 + n % 5) + ".0.m4s"}) {
          HttpRequest request;
          request.query = rest.substr(std::min(rest.find('?') + 1, rest.size()));
          if (rest.find('?') == std::string::npos) request.query.clear();
          request.headers.push_back({"Accept-Encoding", n % 2 ? "gzip" : ""});
          ++owed;
          live.stage.node->handle(
              request, rest.substr(0, rest.find('?')), HttpReply::from([&](HttpResponse response) {
                --owed;
                ++(response.status == 200 || response.status == 400 || response.status == 404 ? right : wrong);
              }));
        }
      }
    });
  }
  for (int t = 8; t < 60; ++t) {
    const int before = right;
    live.source.play(std::chrono::seconds(t));
    while (right < before + 4) std::this_thread::yield();
  }
  playing = false;
  for (std::thread& viewer : viewers) viewer.join();
  live.stage.node->end();
  CHECK(owed == 0);
  CHECK(wrong == 0);
  CHECK(right >= 52 * 4);
  CHECK(live.stage.house.gauged("rostrum_llhls_waiting") == 0);
}
