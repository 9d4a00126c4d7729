// HTTP/1.1 without a socket: bytes to a request, an answer to its head.
#include <benchmark/benchmark.h>

#include "net/http_head.hpp"
#include "net/http_parser.hpp"

namespace {

using namespace rostrum;

// As Chromium asks for a part.
constexpr std::string_view part_request =
    "GET /live/cam/720p/k3j5h7g9-298765432.7.m4s HTTP/1.1\r\nHost: video.example.org\r\nConnection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"156\"\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 "
    "Safari/537.36\r\nAccept: */*\r\nOrigin: https://auction.example.org\r\nSec-Fetch-Mode: cors\r\nReferer: "
    "https://auction.example.org/\r\n"
    "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en\r\n\r\n";

void request(benchmark::State& state) {
  const net::HttpLimits limits;
  net::RequestParser parser(limits);
  for ([[maybe_unused]] auto _ : state) {
    if (!parser.feed(as_view(part_request)) || !parser.complete()) return state.SkipWithError("misread");
    const HttpRequest taken = parser.take();
    benchmark::DoNotOptimize(taken.path.data());
    parser.reset(limits);
  }
}
BENCHMARK(request);

void head(benchmark::State& state) {
  HttpResponse response;
  response.status = 200;
  response.headers = {{"Content-Type", "video/mp4"},
                      {"Cache-Control", "public, max-age=36, immutable"},
                      {"ETag", "\"k3j5h7g9-720p-298765432.7\""},
                      {"Access-Control-Allow-Origin", "*"},
                      {"Access-Control-Expose-Headers", "Age, Content-Length, Content-Range, Date, ETag"},
                      {"Accept-Ranges", "bytes"}};
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(net::response_head(response, 50'000, net::Persistence::keep).data());
}
BENCHMARK(head);

}  // namespace
