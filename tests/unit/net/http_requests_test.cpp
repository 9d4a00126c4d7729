// What a client may send, and what it gets for it.
#include <doctest/doctest.h>

#include <random>

#include "fixture.hpp"
#include "net/http_parser.hpp"

using namespace rostrum;
using namespace rostrum::net;
using namespace rostrum::net::test;

TEST_CASE("http: a request is answered with its date and length, and the connection stays") {
  HttpFixture server(echo);
  auto client = server.client();
  for (int i = 0; i < 3; ++i) {
    client.send("GET /live/cam?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string answer = client.answer();
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\nDate: "));
    CHECK(answer.find(" GMT\r\n") != answer.npos);
    CHECK(answer.find("\r\nContent-Length: 18\r\n") != answer.npos);
    CHECK(answer.find("Connection:") == answer.npos);
    CHECK(body(answer) == "GET /live/cam?x=1\n");
  }
}

TEST_CASE("http: a request may come byte by byte") {
  HttpFixture server(echo);
  auto client = server.client();
  for (const char c : std::string_view("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")) client.send({&c, 1});
  CHECK(body(client.answer()) == "POST /a?\nhello");
}

TEST_CASE("http: HEAD has the length of the body and none of it; the next answer follows at once") {
  HttpFixture server(echo);
  auto client = server.client();
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.answer(true).find("\r\nContent-Length: 9\r\n") != std::string::npos);
  CHECK(body(client.answer()) == "GET /b?\n");
}

TEST_CASE("http: a 304 and a 204 have no body and no length, whatever the handler put there") {
  for (const int code : {204, 304}) {
    HttpFixture server([code](HttpRequest, HttpReply reply) { reply(HttpResponse::text(code, "text/plain", "no")); });
    auto client = server.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string all = client.rest();
    CHECK(status(all) == std::to_string(code));
    CHECK(all.find("Content-Length") == all.npos);
    CHECK(all.ends_with("\r\n\r\n"));
  }
}

TEST_CASE("http: keep-alive is the client's choice") {
  HttpFixture server(echo);
  SUBCASE("HTTP/1.1 with close ends") {
    auto client = server.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(client.rest().find("\r\nConnection: close\r\n") != std::string::npos);
  }
  SUBCASE("HTTP/1.0 ends, and needs no Host") {
    auto client = server.client();
    client.send("GET / HTTP/1.0\r\n\r\n");
    const std::string all = client.rest();
    CHECK(status(all) == "200");
    CHECK(all.find("\r\nConnection: close\r\n") != std::string::npos);
  }
  SUBCASE("HTTP/1.0 with keep-alive stays, and is told") {
    auto client = server.client();
    for (int i = 0; i < 2; ++i) {
      client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      CHECK(client.answer().find("\r\nConnection: keep-alive\r\n") != std::string::npos);
    }
  }
}

TEST_CASE("http: Expect: 100-continue is answered before the body is sent") {
  HttpFixture server(echo);
  auto client = server.client();
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  CHECK(body(client.answer()) == "POST /a?\nok");
}

TEST_CASE("http: chunked bodies are put together; trailers are no headers") {
  HttpFixture server([](HttpRequest request, HttpReply reply) {
    CHECK(request.header("X-Admin").empty());
    echo(std::move(request), std::move(reply));
  });
  const std::string_view request =
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3;x=\"y\"\r\nefg\r\n0\r\nX-Admin: "
      "yes\r\n\r\n";
  auto client = server.client();
  client.send(request);
  CHECK(body(client.answer()) == "POST /a?\nabcdefg");
  for (const char c : request) client.send({&c, 1});
  CHECK(body(client.answer()) == "POST /a?\nabcdefg");
}

TEST_CASE("http: what is too long of a chunk's header or the trailers is too long in one piece as well") {
  HttpLimits limits;
  limits.head_bytes = 200;
  const auto read = [&](const std::string& body, std::size_t piece) -> std::string {
    const std::string text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
    RequestParser parser(limits);
    std::size_t begin = 0;
    for (std::size_t end = 0; end < text.size();) {
      end = std::min(text.size(), end + piece);
      while (begin < end) {
        const auto used = parser.feed(as_view(text).subspan(begin, end - begin));
        if (!used) return used.error().detail;
        if (*used == 0) break;
        begin += *used;
      }
    }
    return parser.complete() ? std::string(parser.take().body.text()) : "unfinished";
  };
  const auto trailers = [](std::size_t size) { return "0\r\nT: " + std::string(size - 10, 't') + "\r\n\r\n"; };
  const auto extended = [](std::size_t size) { return "1;" + std::string(size - 4, 'e') + "\r\nx\r\n0\r\n\r\n"; };
  for (const std::size_t piece : {1u, 7u, 1000u}) {
    CHECK(read("1\r\nx\r\n" + trailers(190), piece) == "x");
    CHECK(read("1\r\nx\r\n" + trailers(210), piece) == "a chunk header or trailer is too long");
    CHECK(read(extended(190), piece) == "x");
    CHECK(read(extended(210), piece) == "a chunk header or trailer is too long");
  }
}

TEST_CASE("http: an empty chunked body may come byte by byte") {
  HttpFixture server(echo);
  auto client = server.client();
  for (const char c : std::string_view("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
    client.send({&c, 1});
  CHECK(body(client.answer()) == "POST /a?\n");
}

TEST_CASE("http: OPTIONS and methods nobody knows reach the handler") {
  HttpFixture server(echo);
  CHECK(body(server.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")) == "OPTIONS *?\n");
  CHECK(body(server.ask("FROB /x HTTP/1.1\r\nHost: a\r\n\r\n")) == "FROB /x?\n");
  CHECK(body(server.ask("GET http://other/x?y HTTP/1.1\r\nHost: a\r\n\r\n")) == "GET /x?y\n");
  CHECK(body(server.ask("GET http://other?y HTTP/1.1\r\nHost: a\r\n\r\n")) == "GET /?y\n");
  CHECK(body(server.ask("GET https://other HTTP/1.1\r\nHost: a\r\n\r\n")) == "GET /?\n");
}

TEST_CASE("http: an empty line before a request is skipped") {
  HttpFixture server(echo);
  CHECK(status(server.ask("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")) == "200");
}

TEST_CASE("http: what two readers could read in two ways is 400 and a close") {
  HttpFixture server(echo);
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string bad[] = {
      head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
      head + "Content-Length: 5, 5\r\n\r\nhello",
      head + "Content-Length: +5\r\n\r\nhello",
      head + "Content-Length: 0x5\r\n\r\nhello",
      head + "Content-Length: -1\r\n\r\n",
      head + "Content-Length: 99999999999999999999999\r\n\r\n",
      head + "Content-Length:\r\n\r\n",
      head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
      head + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcdX\r\n0\r\n\r\n",
      head + "Transfer-Encoding: chunked\r\n\r\n4 \nabcd\r\n0\r\n\r\n",
      head + "Transfer-Encoding: chunked\r\n\r\n4;a=\"\n\"\r\nabcd\r\n0\r\n\r\n",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      head + "X: a\r\n b\r\n\r\n",
      head + "X : a\r\n\r\n",
      head + "X\r\n\r\n",
      head + ": a\r\n\r\n",
      head + "X: a\nY: b\r\n\r\n",
      head + "X: a\rY: b\r\n\r\n",
      head + std::string("X: a\0b\r\n\r\n", 11),
      "GET / HTTP/1.1\nHost: a\n\n",
      "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
      "GET / FTP/1.1\r\nHost: a\r\n\r\n",
      "GET /\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
      "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET //x HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n",
  };
  for (const std::string& request : bad) {
    INFO(request);
    auto client = server.client();
    client.send(request);
    const std::string all = client.rest();
    CHECK(status(all) == "400");
    CHECK(all.find("application/problem+json") != all.npos);
    CHECK(all.find("\r\nConnection: close\r\n") != all.npos);
    CHECK(all.find("HTTP/1.1 2") == all.npos);  // nothing after it was taken for a request
  }
}

TEST_CASE("http: every limit has its own answer, and the connection ends") {
  HttpLimits limits;
  limits.head_bytes = 1024;
  limits.headers = 5;
  limits.body_bytes = 100;
  HttpFixture server(echo, limits);
  const auto code = [&](const std::string& request) {
    auto client = server.client();
    client.send(request);
    const std::string all = client.rest();
    CHECK(all.find("\"type\":\"about:blank\"") != all.npos);
    return status(all);
  };
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  CHECK(code("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n") == "413");
  CHECK(code("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n60\r\n" + std::string(0x60, 'x') + "\r\n60\r\n") ==
        "413");
  CHECK(code("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffff\r\n") == "413");
  CHECK(code("GET /" + std::string(600, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == "414");
  CHECK(code("GET /" + std::string(2000, 'a')) == "414");
  CHECK(code(get + "X: " + std::string(2000, 'a')) == "431");
  CHECK(code(get + "X: " + std::string(2000, 'a') + "\r\n\r\n") == "431");
  CHECK(code(get + "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n\r\n") == "431");
  CHECK(code(get + "Expect: magic\r\n\r\n") == "417");
  CHECK(code("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n") == "501");
  CHECK(code("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n") == "501");
  CHECK(code("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == "505");
  CHECK(code("GET / HTTP/1.2\r\nHost: a\r\n\r\n") == "505");
  CHECK(code("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(2000, 'x')) == "400");
  CHECK(server.metrics.count("rostrum_connection_errors_total{door=http,code=limit}") >= 8);
  CHECK(server.metrics.count("rostrum_connection_errors_total{door=http,code=unsupported}") >= 4);
}

TEST_CASE("http: a body at the limit passes") {
  HttpLimits limits;
  limits.body_bytes = 300'000;
  HttpFixture server(echo, limits);
  const std::string answer =
      server.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'b'));
  CHECK(body(answer).size() == 300'000 + 8);
}

TEST_CASE("http: random bytes get a 400 or an end, and a healthy client beside them its answers") {
  HttpFixture server(echo);
  auto healthy = server.client();
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string noise(1 + random() % 600, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    auto client = server.client();
    client.send(round % 2 ? "GET / HTTP/1.1\r\nHost: a\r\n" + noise + "\r\n\r\n" : noise + "\r\n\r\n");
    client.finish();
    const std::string all = client.rest();
    CHECK((all.empty() || status(all) == "400" || status(all) == "505" || status(all) == "200"));
    healthy.send("GET /ok HTTP/1.1\r\nHost: a\r\n\r\n");
    REQUIRE(status(healthy.answer()) == "200");
  }
}

TEST_CASE("http: a handler cannot break out of its headers") {
  HttpFixture server([](HttpRequest, HttpReply reply) {
    HttpResponse response = HttpResponse::text(200, "text/plain", "x");
    response.headers.push_back({"X-Echo", "a\r\nSet-Cookie: evil\r\n\r\nbody"});
    response.headers.push_back({"Bad Name\r\nX-Evil", "1"});
    response.headers.push_back({"Content-Length", "999"});
    response.headers.push_back({"Transfer-Encoding", "chunked"});
    reply(std::move(response));
  });
  const std::string answer = server.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.find("\r\nSet-Cookie") == answer.npos);
  CHECK(answer.find("X-Evil") == answer.npos);
  CHECK(answer.find("999") == answer.npos);
  CHECK(answer.find("chunked") == answer.npos);
  CHECK(body(answer) == "x");
}
