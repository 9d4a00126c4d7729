#include <doctest/doctest.h>
#include <fmt/core.h>

#include "graph/doors.hpp"
#include "kinds.hpp"

using namespace rostrum;
using test::service_findings;

namespace {

constexpr const char* streams = "streams:\n  \"live/{name}\":\n    in: {kind: publisher}\n    hls: {kind: hls, from: in}\n";

/// The findings of what is put above a good `streams` (line 2 on).
std::string above(std::string_view text) {
  return service_findings(fmt::format("rostrum: 1\n{}{}", text, streams));
}
/// The findings of a `listen` (line 3 on).
std::string listen(std::string_view text) {
  return above(fmt::format("listen:\n{}", text));
}
/// The findings of `streams` (line 4 on).
std::string templates(std::string_view text) {
  return service_findings(fmt::format("rostrum: 1\nlisten: {{http: {{bind: \"127.0.0.1:0\"}}}}\nstreams:\n{}", text));
}

std::string why(const Result<graph::Address>& result) {
  return result ? fmt::format("{} {}", result->host, result->port) : result.error().what;
}
std::string cidr(std::string_view text) {
  const auto result = graph::check_cidr(text);
  return result ? "fine" : result.error().what;
}

}  // namespace

TEST_CASE("service: doors, templates and proxies come out as a plan") {
  const auto parsed =
      Service::parse(fmt::format("rostrum: 1\nlisten:\n  http: [{{bind: \"0.0.0.0:8080\"}}, {{bind: \"[::]:8080\"}}]\n  rtmp: "
                                 "{{bind: \"127.0.0.1:0\", idle: 5s}}\ntrusted_proxies: [10.0.0.0/8]\n{}",
                                 streams),
                     "s");
  REQUIRE(parsed.has_value());
  const auto registry = test::registry_of_kinds();
  const auto checked = graph::check(*parsed, *registry);
  CHECK(checked.findings.empty());
  REQUIRE(checked.plan.has_value());
  REQUIRE(checked.plan->doors.size() == 3);
  CHECK(checked.plan->doors[0].name == "http");
  CHECK(checked.plan->doors[0].door == nullptr);
  CHECK(checked.plan->doors[1].address == "::");
  CHECK(checked.plan->doors[1].port == 8080);
  CHECK(checked.plan->doors[1].place == "s:3 listen.http[1]");
  CHECK(checked.plan->doors[2].door->name == "rtmp");
  CHECK(checked.plan->doors[2].params.duration("idle") == std::chrono::seconds(5));
  CHECK(checked.plan->trusted_proxies == std::vector<std::string>{"10.0.0.0/8"});
  REQUIRE(checked.plan->templates.size() == 1);
  CHECK(checked.plan->templates[0].stream == "live/{name}");
  CHECK(checked.plan->templates[0].nodes[1].place == "s:9 streams.\"live/{name}\".hls");
}

TEST_CASE("service: places lead through the template to the parameter") {
  CHECK(templates("  \"live/{name}\":\n    in: {kind: publisher}\n    hls: {kind: hls, from: in, part: 200}\n") ==
        "s:6 streams.\"live/{name}\".hls.part: 200 is no duration; write 200ms\n");
}

TEST_CASE("service: keys at the top are known, and what is left out is told") {
  CHECK(above("listne: {}\n") ==
        "warning s:1: has no doors, so nobody gets in; add listen: with http: {bind: \"0.0.0.0:8080\"} below\n"
        "s:2 listne: no key listne here; did you mean listen?\n");
  CHECK(service_findings("rostrum: 1\nlisten: {http: {bind: \"127.0.0.1:0\"}}\n") ==
        "warning s:1: has no streams, so every publisher is refused; add streams: with \"live/{name}\": below\n");
  CHECK(service_findings("rostrum: 1\nlisten: {http: {bind: \"127.0.0.1:0\"}}\nnodes: {}\n")
            .starts_with("s:1: is a graph; `rostrum run` runs it, or put its nodes below streams\n"));
}

TEST_CASE("service: doors that do not exist name those that do") {
  CHECK(listen("  webrtc: {bind: \"0.0.0.0:8000\"}\n") == "s:3 listen.webrtc: no door webrtc; there are http, https and rtmp\n");
  CHECK(listen("  rtpm: {bind: \"0.0.0.0:8000\"}\n") ==
        "s:3 listen.rtpm: no door rtpm; there are http, https and rtmp (did you mean rtmp?)\n");
  CHECK(listen("  http: 8080\n") == "s:3 listen.http: a door is a map; write http: {bind: \"0.0.0.0:8080\"}\n");
  CHECK(listen("  rtmp: {bind: \"0.0.0.0:1935\", idel: 5s}\n") ==
        "s:3 listen.rtmp.idel: rtmp has no parameter idel; did you mean idle?\n");
  CHECK(listen("  http: {}\n") ==
        "s:3 listen.http: http needs bind; add bind: ... (address and port to listen on: 0.0.0.0:8080, [::]:8080; port 0 takes a "
        "free one)\n");
  CHECK(above("listen: 8080\n") == "s:2 listen: is a map of doors; write http: {bind: \"0.0.0.0:8080\"} below\n");
}

TEST_CASE("service: a secure door needs a certificate and its key, and what is wrong with them stands at their lines") {
  CHECK(listen("  https: {bind: \"0.0.0.0:8443\"}\n") ==
        "s:3 listen.https: https needs certificate; add certificate: ... (file with the certificate chain, PEM)\n"
        "s:3 listen.https: https needs key; add key: ... (file with the private key, PEM)\n");
  const auto parsed = Service::parse(
      fmt::format("rostrum: 1\nlisten:\n  https:\n    bind: \"127.0.0.1:0\"\n    certificate: c.pem\n    key: /k.pem\n{}",
                  streams),
      "s");
  REQUIRE(parsed.has_value());
  const auto registry = test::registry_of_kinds();
  const auto look = [](const std::string& certificate, const std::string& key) {
    return std::vector<Error>{{Errc::bad_param, "certificate", certificate + " expires soon", Severity::warning},
                              {Errc::not_found, "key", "no file " + key}};
  };
  const auto checked = graph::check(*parsed, *registry, {}, look);
  REQUIRE(checked.findings.size() == 2);
  CHECK(checked.findings[0].message() == "s:5 listen.https.certificate: c.pem expires soon");
  CHECK(checked.findings[0].severity == Severity::warning);
  CHECK(checked.findings[1].message() == "s:6 listen.https.key: no file /k.pem");
  CHECK_FALSE(checked.plan);
  const auto trusted = graph::check(*parsed, *registry);
  REQUIRE(trusted.plan);
  CHECK(trusted.plan->doors[0].certificate == "c.pem");
  CHECK(trusted.plan->doors[0].key == "/k.pem");
}

TEST_CASE("service: two doors cannot have one port") {
  CHECK(listen("  http: {bind: \"0.0.0.0:8080\"}\n  rtmp: {bind: \"127.0.0.1:8080\"}\n") ==
        "s:4 listen.rtmp.bind: port 8080 is taken by http in line 3; choose another\n");
  CHECK(listen("  http: [{bind: \"127.0.0.1:80\"}, {bind: \"127.0.0.1:80\"}]\n") ==
        "s:3 listen.http[1].bind: port 80 is taken by http in line 3; choose another\n");
  CHECK(listen("  http: [{bind: \"127.0.0.1:80\"}, {bind: \"127.0.0.2:80\"}, {bind: \"[::]:80\"}]\n  rtmp: [{bind: "
               "\"127.0.0.1:0\"}, {bind: \"127.0.0.1:0\"}]\n") == "");
}

TEST_CASE("service: a bind is an address and a port") {
  CHECK(why(graph::parse_bind("0.0.0.0:8080")) == "0.0.0.0 8080");
  CHECK(why(graph::parse_bind("[::1]:0")) == "::1 0");
  CHECK(why(graph::parse_bind("8080")) == "8080 is no address to listen on; write 0.0.0.0:8080 for all of IPv4, or [::]:8080");
  CHECK(why(graph::parse_bind(":8080")) == ":8080 is no address to listen on; write 0.0.0.0:8080 for all of IPv4, or [::]:8080");
  CHECK(why(graph::parse_bind("*:8080")) ==
        "*:8080 is no address to listen on; write 0.0.0.0:8080 for all of IPv4, or [::]:8080");
  CHECK(why(graph::parse_bind("localhost:8080")) == "localhost:8080 is no address to listen on; write 127.0.0.1:8080");
  CHECK(why(graph::parse_bind("::1:8080")) == "::1:8080 is no address to listen on; write [::1]:8080");
  CHECK(why(graph::parse_bind("0.0.0.0")) == "0.0.0.0 is no address to listen on; write 0.0.0.0:8080");
  CHECK(why(graph::parse_bind("example.org:80")) ==
        "example.org:80 is no address to listen on; write an address of this machine, as 0.0.0.0:8080 or [::]:8080");
  CHECK(why(graph::parse_bind("somewhere")) ==
        "somewhere is no address to listen on; write address:port, as 0.0.0.0:8080 or [::]:8080");
  CHECK(why(graph::parse_bind("0.0.0.0:99999")) == "99999 is no port; write 1 to 65535, or 0 for any free one");
  CHECK(why(graph::parse_bind("0.0.0.0:http")) == "http is no port; write 1 to 65535, or 0 for any free one");
}

TEST_CASE("service: trusted proxies are networks") {
  for (const char* good : {"10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1", "0.0.0.0/0"}) CHECK(cidr(good) == "fine");
  CHECK(cidr("proxy.example") == "proxy.example is no network; write an address and its length: 10.0.0.0/8");
  CHECK(cidr("10.0.0.0/33") == "10.0.0.0/33 has no good length; write 0 to 32 behind the /");
  CHECK(cidr("10.0.0.0/") == "10.0.0.0/ has no good length; write 0 to 32 behind the /");
  CHECK(above("listen: {http: {bind: \"127.0.0.1:0\"}}\ntrusted_proxies: [here]\n") ==
        "s:3 trusted_proxies[0]: here is no network; write an address and its length: 10.0.0.0/8\n");
}

TEST_CASE("service: admission plugins and plugins that are not there") {
  constexpr const char* door = "listen: {http: {bind: \"127.0.0.1:0\"}}\n";
  CHECK(above(fmt::format("{}admission:\n  - {{use: webhook, url: x}}\n", door)) ==
        "s:4 admission[0].use: no admission plugin webhook; this rostrum has none, the host's own hook decides\n");
  CHECK(above(fmt::format("{}admission: [{{url: x}}]\n", door)) ==
        "s:3 admission[0]: does not say what to ask; write {use: ...}\n");
  CHECK(above(fmt::format("{}admission: webhook\n", door)) ==
        "s:3 admission: is a list, asked in order; write - {use: ...} for each\n");
  CHECK(above(fmt::format("{}plugins: [./nowhere.so]\n", door)) ==
        "s:3 plugins[0]: ./nowhere.so: no such file; name the plugin's shared object\n");
}

TEST_CASE("service: templates have names, one publisher, and a place of their own") {
  CHECK(templates("  live:\n    in: {kind: publisher}\n    hls: {kind: hls, from: in}\n") ==
        "s:4 streams.live: live is no name for streams; write app/name, with {name} for any: live/{name}\n");
  CHECK(
      templates(
          "  live/a:\n    cam: {kind: camera}\n    e: {kind: encode, from: cam, codec: h264}\n    hls: {kind: hls, from: e}\n") ==
      "s:4 streams.\"live/a\": has no publisher; add in: {kind: publisher}\n");
  CHECK(templates("  live/a:\n    in: {kind: publisher}\n    two: {kind: publisher}\n    hls: {kind: hls, from: [in.video, "
                  "two.audio]}\n") == "s:6 streams.\"live/a\".two: a second publisher beside in; a template has one\n");
  const auto two = [](const char* first, const char* second) {
    constexpr const char* body = "{in: {kind: publisher}, hls: {kind: hls, from: in}}";
    return templates(fmt::format("  \"{}\": {}\n  \"{}\": {}\n", first, body, second, body));
  };
  CHECK(two("live/a", "live/{name}") == "");
  CHECK(two("live/{name}", "tv/{name}") == "");
  CHECK(two("live/{name}", "live/a") ==
        "warning s:5 streams.\"live/a\": is never used: \"live/{name}\" in line 4 takes all its names first; put this one above "
        "it\n");
  CHECK(two("live/{name}", "{app}/a") ==
        "warning s:5 streams.\"{app}/a\": shares names with \"live/{name}\" in line 4, which takes them first\n");
  CHECK(service_findings("rostrum: 1\nlisten: {http: {bind: \"127.0.0.1:0\"}}\nstreams: []\n") ==
        "s:3 streams: is a map of templates; write \"live/{name}\": with its nodes below\n");
}

TEST_CASE("service: a placeholder matches one segment") {
  CHECK(graph::matches("live/{name}", "live/cam"));
  CHECK(graph::matches("live/cam", "live/cam"));
  CHECK(graph::matches("{app}/{name}", "tv/cam"));
  for (const char* other : {"live", "live/", "live/cam/x", "tv/cam", "", "live//"})
    CHECK_FALSE(graph::matches("live/{name}", other));
}
