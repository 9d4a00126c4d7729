#include <doctest/doctest.h>
#include <rostrum/http.hpp>

#include <vector>

#include "base/reply_access.hpp"

using namespace rostrum;

TEST_CASE("http: headers are found in any case, the first of a name counts") {
  HttpRequest request;
  request.headers = {{"Host", "a"}, {"X-ONE", "1"}, {"x-one", "2"}};
  CHECK(request.header("x-One") == "1");
  CHECK(request.header("x-on").empty());
}

TEST_CASE("http: a parameter with an empty value is told from none") {
  HttpRequest request;
  request.query = "a=&b=x%20y";
  bool found = false;
  CHECK(request.parameter("a", &found).empty());
  CHECK(found);
  CHECK(request.parameter("c", &found).empty());
  CHECK_FALSE(found);
  CHECK(request.parameter("b") == "x y");
}

TEST_CASE("http: a problem document is JSON whatever its text is") {
  const auto response = HttpResponse::problem(404, "Not Found", "no \"live\\cam\"\n\x01 here");
  CHECK(response.status == 404);
  REQUIRE(response.headers.size() == 2);
  CHECK(response.headers[0].value == "application/problem+json");
  CHECK(response.headers[1].value == "no-store");
  CHECK(response.body.at(0).text() ==
        "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"no \\\"live\\\\cam\\\"\\u000a\\u0001 "
        "here\"}\n");
  CHECK(HttpResponse::problem(400, "x", "\xff!").body.at(0).text().find("\\ufffd!") != std::string::npos);
  CHECK(HttpResponse::problem(400, "x", "caf\xc3\xa9").body.at(0).text().find("caf\xc3\xa9") != std::string::npos);
}

TEST_CASE("http: shared headers are checked once, and stand before an answer's own") {
  const HttpFields fields({{"ETag", "\"1\""},
                           {"Content-Length", "9"},
                           {"connection", "close"},
                           {"Bad Name", "x"},
                           {"", "x"},
                           {"X-Break", std::string("a\r\nb\0c", 6)}});
  CHECK(fields.lines() == "\r\nETag: \"1\"\r\nX-Break: a  b c");
  REQUIRE(fields.headers().size() == 2);
  CHECK(fields.headers()[1].value == "a  b c");

  HttpResponse response;
  response.headers = {{"Vary", "Origin"}};
  response.shared_headers = std::make_shared<const HttpFields>(fields);
  CHECK(response.header("etag") == "\"1\"");
  CHECK(response.header("VARY") == "Origin");
  CHECK(response.header("Expires").empty());
  response.own_headers();
  CHECK(response.shared_headers == nullptr);
  REQUIRE(response.headers.size() == 3);
  CHECK(response.headers[0].name == "ETag");
  CHECK(response.headers[2].name == "Vary");
}

TEST_CASE("reply: an answer passes through its change, and so does that of a reply which is dropped") {
  std::vector<int> given;
  const auto ask = [&given] {
    auto reply = Reply<int>::from([&given](int value) { given.push_back(value); });
    ReplyAccess::change_by<int>(reply, [](int value) { return value + 100; });
    return reply;
  };
  ask()(7);
  { const auto dropped = ask(); }
  auto moved = ask();
  auto to = std::move(moved);
  to(8);
  CHECK(given == std::vector<int>{107, 100, 108});
}
