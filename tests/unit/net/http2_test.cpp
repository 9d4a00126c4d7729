// HTTP/2: the same answers as over HTTP/1.1, many at once, and what its framing adds.
#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "http2_fixture.hpp"
#include "parked.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;
using namespace std::chrono_literals;

TEST_CASE("http2: requests get what they would get over HTTP/1.1") {
  SecureFixture server([](HttpRequest request, HttpReply reply) {
    if (!request.client.secure || request.header("host") != "a") return;
    echo(std::move(request), std::move(reply));
  });
  Http2Client client(server.address());
  Http2Answer answer = client.ask("/live/cam?x=1");
  CHECK(answer.status() == "200");
  CHECK(answer.body == "GET /live/cam?x=1\n");
  CHECK(answer.headers.at("content-type") == "text/plain");
  CHECK(answer.headers.at("content-length") == "18");
  CHECK(answer.headers.at("date").ends_with(" GMT"));
  CHECK(client.ask("/up", {{":method", "POST"}}, "hello").body == "POST /up?\nhello");
  const std::string big(700'000, 'u');
  CHECK(client.ask("/up", {{":method", "POST"}}, big).body == "POST /up?\n" + big);
  answer = client.ask("/a", {{":method", "HEAD"}});
  CHECK(answer.headers.at("content-length") == "9");
  CHECK(answer.body.empty());
  CHECK(client.ask("*", {{":method", "OPTIONS"}}).body == "OPTIONS *?\n");
  CHECK(server.metrics.count("rostrum_http_responses_total{class=2xx}") == 5);
}

TEST_CASE("http2: a 304 and a 204 have no body and no length") {
  for (const int code : {204, 304}) {
    SecureFixture server([code](HttpRequest, HttpReply reply) { reply(HttpResponse::text(code, "text/plain", "no")); });
    Http2Client client(server.address());
    const Http2Answer answer = client.ask("/");
    CHECK(answer.status() == std::to_string(code));
    CHECK(answer.body.empty());
    CHECK(answer.headers.count("content-length") == 0);
  }
}

TEST_CASE("http2: parked requests are answered in any order") {
  Parked parked;
  SecureFixture server(into(parked));
  Http2Client client(server.address());
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(client.begin({{":path", "/" + std::to_string(i)}}));
  REQUIRE(parked.wait_for(100));
  for (int i = 99; i >= 0; --i) parked.answer(static_cast<std::size_t>(i));
  for (int i = 0; i < 100; ++i) CHECK(client.wait(ids[static_cast<std::size_t>(i)]).body == "/" + std::to_string(i));
  CHECK(parked.abandoned == 0);
}

TEST_CASE("http2: many threads may answer at once") {
  SecureFixture server(
      [](HttpRequest request, HttpReply reply) {
        std::thread([path = request.path, reply = std::move(reply)]() mutable {
          reply(HttpResponse::text(200, "text/plain", path));
        }).detach();
      },
      {}, {}, 2);
  Http2Client client(server.address());
  for (int round = 0; round < 10; ++round) {
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 50; ++i) ids.push_back(client.begin({{":path", "/" + std::to_string(i)}}));
    for (int i = 0; i < 50; ++i) CHECK(client.wait(ids[static_cast<std::size_t>(i)]).body == "/" + std::to_string(i));
  }
}

TEST_CASE("http2: an answer to another request, given within a handler, leaves too") {
  HttpReply kept;
  SecureFixture server([&](HttpRequest request, HttpReply reply) {
    if (request.path == "/wait") {
      kept = std::move(reply);
    } else {
      kept(HttpResponse::text(200, "text/plain", "released"));
      reply(HttpResponse::text(200, "text/plain", "releasing"));
    }
  });
  Http2Client client(server.address());
  const auto waiting = client.begin({{":path", "/wait"}});
  CHECK(client.ask("/go").body == "releasing");
  CHECK(client.wait(waiting).body == "released");
}

TEST_CASE("http2: RST_STREAM abandons its request, and the connection's end abandons all") {
  Parked parked;
  SecureFixture server(into(parked));
  {
    Http2Client client(server.address());
    const auto first = client.begin({{":path", "/first"}}), second = client.begin({{":path", "/second"}});
    REQUIRE(parked.wait_for(2));
    client.reset(first);
    CHECK(eventually([&] { return parked.abandoned == 1; }));
    CHECK_FALSE(parked.wanted(0));
    parked.answer(0);  // too late, and nobody minds
    parked.answer(1);
    CHECK(client.wait(second).body == "/second");
    client.begin({});
    client.begin({});
    REQUIRE(parked.wait_for(4));
    client.tls().wire().reset();
  }
  CHECK(eventually([&] { return parked.abandoned == 3; }));
  CHECK(eventually([&] { return server.metrics.level("rostrum_connections{door=http}") == 0; }));
}

TEST_CASE("http2: a body of many pieces comes whole through any window") {
  std::string big(1'000'000, ' ');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 23);
  const Bytes shared{std::string(big)};
  SecureFixture server([&](HttpRequest, HttpReply reply) {
    HttpResponse response{200, {{"Content-Type", "video/mp4"}}, {}};
    for (std::size_t at = 0, size = 1; at < shared.size(); at += size, size = size * 3 % 50021 + 1)
      response.body.push_back(shared.slice(at, size));
    response.body.emplace_back();
    reply(std::move(response));
  });
  for (const std::uint32_t window : {20'000u, 65'535u, 10'000'000u}) {
    Http2Client client(server.address(), window, 4096);
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 4; ++i) ids.push_back(client.begin({}));
    for (const auto id : ids) CHECK(client.wait(id).body == big);
  }
}

TEST_CASE("http2: what HTTP/1.1 refuses is refused with the same status, and the connection goes on") {
  HttpLimits limits;
  limits.body_bytes = 1000;
  SecureFixture server(echo, limits);
  Http2Client client(server.address());
  Http2Client::Fields many;
  for (int i = 0; i < 101; ++i) many.emplace_back("x-" + std::to_string(i), "v");
  CHECK(client.ask("/", many).status() == "431");
  CHECK(client.ask("/", {{"x", std::string(16'300, 'v')}}).status() == "431");
  CHECK(client.ask("/" + std::string(9'000, 'p')).status() == "414");
  CHECK(client.ask("/../etc").status() == "400");
  CHECK(client.ask("/a%2fb").status() == "400");
  // A newer nghttp2 does not take userinfo for a request at all.
  const Http2Answer userinfo = client.ask("/", {{":authority", "a@b"}});
  CHECK((userinfo.status() == "400" || userinfo.code == NGHTTP2_PROTOCOL_ERROR));
  CHECK(client.ask("/", {{"host", "b"}}).status() == "400");
  CHECK(client.ask("/", {{"host", "A"}}).status() == "200");
  CHECK(client.ask("/", {{":authority", "-"}, {"host", "b"}}).status() == "200");
  CHECK(client.ask("/", {{"expect", "cake"}}).status() == "417");
  CHECK(client.wait(client.begin({{":method", "CONNECT"}, {":path", "-"}, {":scheme", "-"}})).status() == "501");
  CHECK(client.ask("/", {{":method", "POST"}, {"content-length", "1001"}}, std::string(1001, 'b')).status() == "413");
  CHECK(client.wait(client.begin({{":method", "POST"}, {"content-length", "999999999999999999"}}, "b", false)).status() == "413");
  CHECK(client.ask("/", {{":method", "POST"}}, std::string(1001, 'b')).status() == "413");
  CHECK(client.ask("/", {{":method", "POST"}}, std::string(1000, 'b')).status() == "200");
  // What is no request at all is reset (RFC 9113 8.1.1).
  for (const Http2Client::Fields& malformed : std::vector<Http2Client::Fields>{{{":authority", "-"}},
                                                                               {{":authority", "a b"}},
                                                                               {{"connection", "close"}},

                                                                               {{"content-length", "1"}}}) {
    const Http2Answer& answer = client.wait(client.begin(malformed));
    CHECK(answer.status().empty());
    CHECK(answer.code == NGHTTP2_PROTOCOL_ERROR);
  }
  CHECK_FALSE(client.ended);
}

TEST_CASE("http2: cookies that came in crumbs are one header") {
  SecureFixture server([](HttpRequest request, HttpReply reply) {
    reply(HttpResponse::text(200, "text/plain", std::string(request.header("Cookie"))));
  });
  Http2Client client(server.address());
  CHECK(client.ask("/", {{"cookie", "a=1"}, {"cookie", "b=2"}}).body == "a=1; b=2");
}

TEST_CASE("http2: Expect: 100-continue is answered before the body is sent") {
  SecureFixture server(echo);
  Http2Client client(server.address());
  const auto id = client.begin({{":method", "POST"}, {"expect", "100-continue"}}, {}, false);
  CHECK(client.until([&] { return client.answers[id].interim; }));
}

TEST_CASE("http2: a handler's mistakes stay its own") {
  const Log log;
  SecureFixture server([](HttpRequest request, HttpReply reply) {
    if (request.path == "/throw") throw std::runtime_error("a bad handler");
    if (request.path == "/drop") return;
    if (request.path == "/status") return reply(HttpResponse{99, {}, {}});
    reply({200,
           {{"X-Break", std::string("a\r\nb\0c", 6)},
            {"Connection", "close"},
            {"Upgrade", "x"},
            {"Keep-Alive", "x"},
            {"Bad Name", "x"}},
           {Bytes(std::string("fine"))}});
  });
  Http2Client client(server.address());
  CHECK(client.ask("/throw").status() == "500");
  CHECK(client.ask("/drop").status() == "404");
  CHECK(client.ask("/status").status() == "500");
  const Http2Answer answer = client.ask("/");
  CHECK(answer.body == "fine");
  CHECK(answer.headers.at("x-break") == "a  b c");
  CHECK(answer.headers.size() == 4);
  CHECK(log.has("a handler threw: a bad handler"));
}

TEST_CASE("http2: headers that answers share go out before their own") {
  const auto shared = std::make_shared<const HttpFields>(std::vector<Header>{{"ETag", "\"1\""}, {"Keep-Alive", "x"}});
  SecureFixture server([&](HttpRequest, HttpReply reply) {
    reply({200, {{"Vary", "Origin"}}, {Bytes(std::string("fine"))}, nullptr, shared});
  });
  Http2Client client(server.address());
  for (int i = 0; i < 2; ++i) {
    const Http2Answer answer = client.ask("/");
    CHECK(answer.headers.at("etag") == "\"1\"");
    CHECK(answer.headers.at("vary") == "Origin");
    CHECK(answer.headers.count("keep-alive") == 0);
  }
}

TEST_CASE("http2: deadlines are HTTP/1.1's") {
  Parked parked;
  HttpLimits limits;
  SUBCASE("a parked request becomes a 504, and the others stay") {
    limits.answer = 150ms;
    SecureFixture server(into(parked), limits);
    Http2Client client(server.address());
    CHECK(client.ask("/").status() == "504");
    CHECK(parked.abandoned == 1);
    CHECK_FALSE(client.ended);
  }
  SUBCASE("a body that does not come is a 408") {
    limits.body = 150ms;
    SecureFixture server(echo, limits);
    Http2Client client(server.address());
    CHECK(client.wait(client.begin({{":method", "POST"}}, "half", false)).status() == "408");
    CHECK(client.ask("/").status() == "200");
  }
  SUBCASE("a connection without a request is told to go away") {
    limits.head = limits.idle = 150ms;
    SecureFixture server(echo, limits);
    Http2Client never(server.address());
    CHECK_FALSE(never.until([] { return false; }));
    Http2Client once(server.address());
    CHECK(once.ask("/").status() == "200");
    CHECK_FALSE(once.until([] { return false; }));
    CHECK(once.goaway);
    CHECK(once.goaway_code == NGHTTP2_NO_ERROR);
  }
  SUBCASE("a head that does not end closes the connection") {
    limits.head = 150ms;
    SecureFixture server(echo, limits);
    const Log log;
    TlsClient client(server.address(), {.alpn = {"h2"}});
    client.send(http2_preface() + http2_frame(NGHTTP2_HEADERS, 0, 1, "\x82"));
    CHECK(client.ended());
    CHECK_MESSAGE(log.has("a head did not come in time"), log.text());
  }
  SUBCASE("a reader that opens no window is closed") {
    limits.stalled = 150ms;
    SecureFixture server([](HttpRequest, HttpReply reply) { reply({200, {}, {Bytes(std::string(100, 'x'))}}); }, limits);
    const Log log;
    Http2Client client(server.address(), 0);
    CHECK_FALSE(client.wait(client.begin({})).closed);
    CHECK(log.has("a slow reader: it opens no window"));
  }
}

TEST_CASE("http2: a drain lets parked requests be answered, takes no new ones, and says GOAWAY") {
  Parked parked;
  SecureFixture server(into(parked));
  Http2Client client(server.address());
  const auto id = client.begin({{":path", "/parked"}});
  REQUIRE(parked.wait_for(1));
  auto drained = std::async(std::launch::async, [&] { server.listener->drain(10s); });
  CHECK(client.until([&] { return client.goaway; }));
  client.frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, id + 2,
               "\x82\x84\x87\x41\x01"
               "a");
  parked.answer(0);
  CHECK(client.wait(id).body == "/parked");
  CHECK_FALSE(client.until([] { return false; }));
  CHECK(client.tls().heard_goodbye());
  CHECK(parked.size() == 1);
}
