#include "net/http_conditions.hpp"

#include <doctest/doctest.h>

#include "net/http_text.hpp"

using namespace rostrum;
using namespace rostrum::net;

namespace {

HttpRequest request_with(std::vector<Header> headers, std::string method = "GET") {
  HttpRequest request;
  request.method = std::move(method);
  request.headers = std::move(headers);
  return request;
}

// "0123456789" in three slices.
HttpResponse digits(std::vector<Header> headers = {{"ETag", "\"v1\""}}) {
  HttpResponse response;
  response.status = 200;
  response.headers = std::move(headers);
  response.headers.push_back({"Content-Type", "text/plain"});
  response.headers.push_back({"Cache-Control", "max-age=60"});
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  for (const char* part : {"012", "3456", "789"}) response.body.emplace_back(std::string(part));
  return response;
}

std::string text(const HttpResponse& response) {
  std::string out;
  for (const Bytes& slice : response.body) out += slice.text();
  return out;
}

}  // namespace

TEST_CASE("conditions: one byte range is cut out of the slices without copying them") {
  struct Row {
    const char* range;
    const char* body;
    const char* content_range;
  };
  for (const Row& row :
       {Row{"bytes=0-0", "0", "bytes 0-0/10"}, Row{"bytes=2-3", "23", "bytes 2-3/10"}, Row{"bytes=3-6", "3456", "bytes 3-6/10"},
        Row{"bytes=8-", "89", "bytes 8-9/10"}, Row{"bytes=-4", "6789", "bytes 6-9/10"},
        Row{"bytes=-99", "0123456789", "bytes 0-9/10"}, Row{"bytes=5-99999999999999999999", nullptr, nullptr},
        Row{"bytes=5-18446744073709551615", "56789", "bytes 5-9/10"}, Row{"Bytes = 1-2", "12", "bytes 1-2/10"}}) {
    INFO(row.range);
    const auto original = digits();
    const auto response = finish(request_with({{"Range", row.range}}), original);
    if (!row.body) {
      CHECK(response.status == 200);
      continue;
    }
    CHECK(response.status == 206);
    CHECK(text(response) == row.body);
    CHECK(response.header("content-range") == row.content_range);
  }
  const auto original = digits();
  CHECK(finish(request_with({{"Range", "bytes=3-6"}}), original).body.at(0).data() == original.body[1].data());
}

TEST_CASE("conditions: a range beyond the end is 416 and says how long the answer is") {
  for (const char* range : {"bytes=10-", "bytes=10-20", "bytes=-0"}) {
    const auto response = finish(request_with({{"Range", range}}), digits());
    CHECK(response.status == 416);
    CHECK(response.header("Content-Range") == "bytes */10");
    CHECK(response.header("Content-Type") == "application/problem+json");
    CHECK(response.header("Cache-Control") == "no-store");
    CHECK(response.header("Access-Control-Allow-Origin") == "*");
    CHECK(response.header("ETag").empty());
  }
  auto empty = digits();
  empty.body.clear();
  CHECK(finish(request_with({{"Range", "bytes=0-"}}), empty).status == 416);
}

TEST_CASE("conditions: what is no single byte range, or may not be cut, comes whole") {
  for (const char* range :
       {"bytes=1-2,4-5", "bytes=5-2", "bytes=a-b", "bytes=", "bytes", "bytes=-", "lines=1-2", "bytes=1-2x", "bytes=--1"}) {
    INFO(range);
    const auto response = finish(request_with({{"Range", range}}), digits());
    CHECK(response.status == 200);
    CHECK(text(response) == "0123456789");
  }
  CHECK(finish(request_with({{"Range", "bytes=1-2"}}, "HEAD"), digits()).status == 200);
  CHECK(finish(request_with({{"Range", "bytes=1-2"}}, "POST"), digits()).status == 200);
  CHECK(finish(request_with({{"Range", "bytes=1-2"}}), digits({})).status == 200);
  CHECK(finish(request_with({{"Range", "bytes=1-2"}}), digits({{"Accept-Ranges", "bytes"}})).status == 206);
  CHECK(finish(request_with({{"Range", "bytes=1-2"}}), digits({{"ETag", "\"v1\""}, {"Content-Encoding", "gzip"}})).status == 200);
  auto missing = digits();
  missing.status = 404;
  CHECK(finish(request_with({{"Range", "bytes=1-2"}}), missing).status == 404);
}

TEST_CASE("conditions: an answer that can be cut says so") {
  CHECK(finish(request_with({}), digits()).header("Accept-Ranges") == "bytes");
  CHECK(finish(request_with({}), digits({})).header("Accept-Ranges").empty());
}

TEST_CASE("conditions: If-Range with another version gives the whole") {
  const auto with = [](const char* tag) {
    return finish(request_with({{"Range", "bytes=1-2"}, {"If-Range", tag}}), digits()).status;
  };
  CHECK(with("\"v1\"") == 206);
  CHECK(with("\"v2\"") == 200);
  CHECK(with("W/\"v1\"") == 200);
  CHECK(with("Sat, 21 Nov 2026 10:00:00 GMT") == 200);
  CHECK(finish(request_with({{"Range", "bytes=1-2"}, {"If-Range", "W/\"v1\""}}), digits({{"ETag", "W/\"v1\""}})).status == 200);
}

TEST_CASE("conditions: If-Match with another version is 412, and comes before all others") {
  const auto with = [](std::vector<Header> headers, const char* tag = "\"v1\"") {
    return finish(request_with(std::move(headers)), digits({{"ETag", tag}}));
  };
  CHECK(with({{"If-Match", "\"v1\""}}).status == 200);
  CHECK(with({{"If-Match", "*"}}).status == 200);
  CHECK(with({{"If-Match", "\"v0\""}, {"If-Match", "\"x\", \"v1\""}, {"Range", "bytes=1-2"}}).status == 206);
  const auto other = with({{"If-Match", "\"v2\""}, {"If-None-Match", "\"v1\""}, {"Range", "bytes=1-2"}});
  CHECK(other.status == 412);
  CHECK(other.header("Content-Type") == "application/problem+json");
  CHECK(other.header("Access-Control-Allow-Origin") == "*");
  CHECK(other.header("ETag").empty());
  CHECK(with({{"If-Match", "W/\"v1\""}}, "W/\"v1\"").status == 412);  // strong comparison
  CHECK(finish(request_with({{"If-Match", "\"v1\""}}), digits({})).status == 412);
  CHECK(finish(request_with({{"If-Modified-Since", "Sat, 21 Nov 2026 10:00:00 GMT"}}), digits()).status == 200);
}

TEST_CASE("conditions: a version that the client has is 304, with its validators and without a body") {
  for (const char* tags : {"\"v1\"", "W/\"v1\"", "*", "\"a,b\", \"v1\"", "\"x\",W/\"v1\""}) {
    INFO(tags);
    const auto response = finish(request_with({{"If-None-Match", tags}, {"Range", "bytes=0-1"}}), digits());
    CHECK(response.status == 304);
    CHECK(response.body.empty());
    CHECK(response.header("ETag") == "\"v1\"");
    CHECK(response.header("Cache-Control") == "max-age=60");
    CHECK(response.header("Content-Type").empty());
  }
  CHECK(finish(request_with({{"If-None-Match", "\"v1\""}}, "HEAD"), digits()).status == 304);
  CHECK(finish(request_with({{"If-None-Match", "\"v2\", \"v"}}), digits()).status == 200);
  CHECK(finish(request_with({{"If-None-Match", "\"v1\""}}, "POST"), digits()).status == 200);
  CHECK(finish(request_with({{"If-None-Match", "*"}}), digits({})).status == 200);
}

TEST_CASE("conditions: headers that many answers share are not changed for all of them by one") {
  const auto shared = std::make_shared<const HttpFields>(
      std::vector<Header>{{"ETag", "\"v1\""}, {"Content-Type", "text/plain"}, {"Access-Control-Allow-Origin", "*"}});
  const auto answer = [&shared] {
    auto response = digits({});
    response.shared_headers = shared;
    return response;
  };
  CHECK(text(finish(request_with({{"Range", "bytes=2-3"}}), answer())) == "23");
  CHECK(finish(request_with({}), answer()).header("Accept-Ranges") == "bytes");
  const auto not_modified = finish(request_with({{"If-None-Match", "\"v1\""}}), answer());
  CHECK(not_modified.status == 304);
  CHECK(not_modified.header("ETag") == "\"v1\"");
  CHECK(not_modified.header("Content-Type").empty());
  const auto failed = finish(request_with({{"If-Match", "\"v2\""}}), answer());
  CHECK(failed.status == 412);
  CHECK(failed.header("Content-Type") == "application/problem+json");
  CHECK(failed.header("Access-Control-Allow-Origin") == "*");
  CHECK(shared->headers().size() == 3);
}
