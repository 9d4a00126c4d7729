#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include <rostrum/engine.hpp>
#include <rostrum/log.hpp>

#include "http/site.hpp"

using namespace rostrum;
using namespace std::chrono_literals;

namespace {

// Answers as the test says; without a rule like the default.
struct Host final : AuthHooks {
  std::mutex mutex;
  std::vector<AdmitRequest> asked;
  std::function<Verdict(const AdmitRequest&)> rule;
  void admit(AdmitRequest request, Reply<Verdict> reply) override {
    std::unique_lock lock(mutex);
    asked.push_back(request);
    if (rule) return reply(rule(request));
    lock.unlock();
    AuthHooks::admit(std::move(request), std::move(reply));
  }
};

struct House {
  std::shared_ptr<Host> host = std::make_shared<Host>();
  Engine engine;
  explicit House(bool with_host = false) : engine(std::move(*Engine::create({.threads = 1}, with_host ? Hooks{host} : Hooks{}))) {
    set_log_level(Level::error);
  }
  HttpResponse ask(std::string method, std::string path, std::string query = {}, bool loopback = true,
                   std::vector<Header> headers = {}) {
    HttpRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.query = std::move(query);
    request.headers = std::move(headers);
    request.client.loopback = loopback;
    request.client.address = loopback ? "127.0.0.1" : "203.0.113.9";
    auto answer = std::make_shared<std::promise<HttpResponse>>();
    auto response = answer->get_future();
    engine.handle(std::move(request), HttpReply::from([answer](HttpResponse r) { answer->set_value(std::move(r)); }));
    REQUIRE(response.wait_for(20s) == std::future_status::ready);
    return response.get();
  }
  HttpResponse get(std::string path, std::string query = {}) { return ask("GET", std::move(path), std::move(query)); }
};

std::string body(const HttpResponse& response) {
  std::string text;
  for (const Bytes& part : response.body) text += part.text();
  return text;
}
std::string header(const HttpResponse& response, std::string_view name) {
  return std::string(response.header(name));
}

constexpr std::string_view picture = R"(
rostrum: 1
stream: live/demo
nodes:
  in:  {kind: test, size: 320x180, rate: 25}
  v:   {kind: encode, from: in.video, codec: h264, bitrate: 300k, preset: ultrafast, keyframes: 1s}
  hls: {kind: llhls, from: v, part: 200ms, segment: 1s}
)";

}  // namespace

TEST_CASE("site: the house answers for itself") {
  House house;
  CHECK(body(house.get("/healthz")) == "ok\n");
  CHECK(house.get("/readyz").status == 503);
  CHECK(body(house.get("/v1/streams")) == "{\"streams\":[]}\n");
  CHECK(house.get("/v1/streams/live/none").status == 404);
  CHECK(header(house.get("/v1/streams/live/none"), "Content-Type") == "application/problem+json");
  CHECK(house.get("/v1/nonsense").status == 404);
  CHECK(house.ask("POST", "/v1/streams").status == 405);
  CHECK(header(house.ask("POST", "/v1/streams/a/b"), "Allow") == "GET, HEAD, DELETE, OPTIONS");
  CHECK(house.ask("OPTIONS", "/v1/streams/a/b").status == 204);
  CHECK(house.ask("OPTIONS", "*").status == 204);
  CHECK(body(house.get("/metrics")).find("rostrum_streams{state=\"live\"} 0\n") != std::string::npos);
}

TEST_CASE("site: no other site's page asks the control API through a browser on this machine") {
  House house;
  for (const char* path : {"/v1/streams", "/v1/streams/a/b", "/metrics", "/v1/openapi.yaml", "/v1/nothing"}) {
    INFO(path);
    auto answer = house.ask("OPTIONS", path, "", true, {{"Origin", "http://evil"}, {"Access-Control-Request-Method", "DELETE"}});
    answer.own_headers();
    for (const Header& h : answer.headers) CHECK(h.name.find("Access-Control") == std::string::npos);
  }
  // A name that resolves to this machine may be anybody's.
  for (const char* host :
       {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "1", "[evil]:80",
        "localhost:80.evil.example", "[::1]:80.evil.example", "a:b:c.localhost", "[evil.localhost", "evil/.localhost"}) {
    INFO(host);
    const auto answer = house.ask("GET", "/v1/streams", "", true, {{"Host", host}});
    CHECK(answer.status == 403);
    CHECK(body(answer).find("not for another name") != std::string::npos);
    CHECK(house.ask("GET", "/healthz", "", true, {{"Host", host}}).status == 200);
  }
  for (const char* host : {"127.0.0.1", "127.0.0.1:8080", "[::1]:8080", "[::1]", "localhost", "LocalHost:8080",
                           "demo.localhost:1", "localhost.", "192.0.2.1:80", ""}) {
    INFO(host);
    CHECK(house.ask("GET", "/v1/streams", "", true, {{"Host", host}}).status == 200);
  }
}

TEST_CASE("site: control and metrics answer this machine only, unless the host says otherwise") {
  House house;
  CHECK(house.ask("GET", "/v1/streams", "", false).status == 403);
  CHECK(house.ask("GET", "/metrics", "", false).status == 403);
  CHECK(house.ask("DELETE", "/v1/streams/a/b", "", false).status == 403);
  CHECK(house.ask("GET", "/healthz", "", false).status == 200);
  CHECK(house.ask("GET", "/v1/openapi.yaml", "", false).status == 200);
  House hosted(true);
  hosted.host->rule = [](const AdmitRequest& r) { return r.query == "key=1" ? Verdict::allow() : Verdict::deny("no key"); };
  CHECK(hosted.ask("GET", "/v1/streams", "key=1", false).status == 200);
  CHECK(body(hosted.ask("GET", "/v1/streams", "", true)).find("no key") != std::string::npos);
}

TEST_CASE("site: the description names every route and method") {
  const std::string text = http::openapi();
  for (const http::Route& route : http::routes())
    CHECK(text.find("  " + std::string(route.pattern) + ":\n") != std::string::npos);
  CHECK(text.find("    delete:\n") != std::string::npos);
  CHECK(text.starts_with("openapi: 3.1.0\n"));
}

TEST_CASE("site: pages have a validator, and what is not there is a 404 that caches forget within a second") {
  House house;
  house.engine.add_page("/", "text/html; charset=utf-8", Bytes(std::string("<p>hello</p>")));
  const HttpResponse page = house.get("/");
  CHECK(page.status == 200);
  CHECK(body(page) == "<p>hello</p>");
  CHECK(house.ask("GET", "/", "", true, {{"If-None-Match", header(page, "ETag")}}).status == 304);
  CHECK(house.ask("DELETE", "/").status == 405);
  for (const char* path : {"/live/none/index.m3u8", "/live/none", "/x", "/live//index.m3u8"}) {
    CHECK(house.get(path).status == 404);
    CHECK(header(house.get(path), "Cache-Control") == "max-age=1");
  }
  CHECK(header(house.ask("OPTIONS", "/live/none/index.m3u8"), "Access-Control-Allow-Origin") == "*");
}

TEST_CASE("site: a graph's stream plays, is listed, and is stopped by the API") {
  House house;
  auto stream = house.engine.start(*Graph::parse(picture));
  REQUIRE(stream.has_value());
  CHECK(house.engine.start(*Graph::parse(picture)).error().code == Errc::busy);
  const HttpResponse index = house.get("/live/demo/index.m3u8");
  REQUIRE(index.status == 200);
  CHECK(body(index).starts_with("#EXTM3U"));
  CHECK(header(index, "Access-Control-Allow-Origin") == "*");
  CHECK(house.ask("POST", "/live/demo/index.m3u8").status == 405);
  CHECK(house.get("/live/demo/nonsense").status == 404);
  const auto listed = nlohmann::json::parse(body(house.get("/v1/streams")));
  CHECK(listed["streams"][0]["name"] == "live/demo");
  CHECK(listed["streams"][0]["state"] == "live");
  CHECK(listed["streams"][0]["renditions"][0] == "v");
  CHECK(stream->timeline().utc(std::chrono::system_clock::now().time_since_epoch()).has_value());
  CHECK(house.ask("DELETE", "/v1/streams/live/demo").status == 204);
  CHECK(stream->wait(10s));
  CHECK(stream->info().state == StreamState::ended);
}

TEST_CASE("site: a host is asked once a viewer; playlists need the session, media does not") {
  House house(true);
  house.host->rule = [](const AdmitRequest& r) { return r.query == "key=1" ? Verdict::allow() : Verdict::deny("no key"); };
  auto stream = house.engine.start(*Graph::parse(picture));
  REQUIRE(stream.has_value());
  CHECK(house.get("/live/demo/index.m3u8").status == 403);
  const HttpResponse index = house.get("/live/demo/index.m3u8", "key=1");
  REQUIRE(index.status == 200);
  CHECK(header(index, "Cache-Control") == "no-store");
  const std::string text = body(index);
  CHECK(text.find("key=1") == std::string::npos);
  const auto at = text.find("index.m3u8?session=");
  REQUIRE(at != std::string::npos);
  const std::string line = text.substr(text.rfind('\n', at) + 1, text.find('\n', at) - text.rfind('\n', at) - 1);
  const std::string path = "/live/demo/" + line.substr(0, line.find('?')), query = line.substr(line.find('?') + 1);
  const auto asked = house.host->asked.size();
  const HttpResponse media = house.get(path, query);
  REQUIRE(media.status == 200);
  CHECK(house.get(path).status == 403);
  CHECK(house.get(path, "session=guess").status == 403);
  CHECK(house.get("/live/demo/index.m3u8", query).status == 200);
  CHECK(house.host->asked.size() == asked);
  const std::string list = body(media);
  const auto map = list.find("#EXT-X-MAP:URI=\"") + 16;
  const std::string init = path.substr(0, path.rfind('/') + 1) + list.substr(map, list.find('"', map) - map);
  CHECK(house.get(init.substr(0, init.find('?'))).status == 200);
}
