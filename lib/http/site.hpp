// Everything over HTTP: routes as data, the viewers' paths below each stream, pages.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/http.hpp>

namespace rostrum::engine {
class Core;
}

namespace rostrum::http {

enum class Access : std::uint8_t {
  open,     // anybody
  control,  // Action::control: this machine only, unless the host's hook says otherwise
};

/// What a handler gets. `path` holds what stands for each "{...}" of the pattern.
struct Call {
  engine::Core& core;
  const HttpRequest& request;
  std::vector<std::string> path;
};

/// One row of the house's own paths; the OpenAPI document is made from the same rows.
struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v1/streams/{app}/{name}"
  Access access = Access::open;
  std::string_view summary;
  std::string_view schema;  // of the 200 answer, a name below components/schemas; "" = none
  std::string_view type;    // of the 200 or 204 answer
  std::string_view errors;  // "404": "No such stream" as "404 No such stream|409 ..."
  HttpResponse (*answer)(const Call&);
};
/// /v1, /metrics, /healthz, /readyz.
std::span<const Route> routes();
/// OpenAPI 3.1 of `routes()`.
std::string openapi();

/// Thread-safe once the pages are added.
class Site {
 public:
  explicit Site(engine::Core& core) : core_(core) {}
  /// Before the first request.
  void add_page(std::string path, std::string content_type, Bytes body);
  /// Answers, on any thread; conditional and range requests are dealt with here.
  void handle(HttpRequest, HttpReply) const;

 private:
  void own(const HttpRequest&, HttpReply) const;
  void viewer(HttpRequest, HttpReply) const;

  struct Page {
    std::string type;
    Bytes body;
    std::string etag;
  };
  engine::Core& core_;
  std::map<std::string, Page, std::less<>> pages_;
};

}  // namespace rostrum::http
