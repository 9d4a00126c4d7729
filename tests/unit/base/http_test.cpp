#include <doctest/doctest.h>
#include <rostrum/http.hpp>

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
