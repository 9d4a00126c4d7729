#include "http/site.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "base/reply_access.hpp"
#include "engine/core.hpp"
#include "http/names.hpp"
#include "http/reply_through.hpp"
#include "net/http_conditions.hpp"
#include "net/http_text.hpp"

namespace rostrum::http {
namespace {

bool reads(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

void set_header(HttpResponse& response, std::string_view name, std::string_view value) {
  if (response.header(name) == value) return;
  response.own_headers();
  const auto found = std::ranges::find_if(response.headers, [&](const Header& h) { return same_word(h.name, name); });
  if (found != response.headers.end()) {
    found->value = value;
  } else {
    response.headers.push_back({std::string(name), std::string(value)});
  }
}

HttpResponse not_found(std::string_view detail) {
  auto response = HttpResponse::problem(404, "Not Found", detail);
  set_header(response, "Cache-Control", "max-age=1");
  return response;
}

HttpResponse wrong_method(std::string_view allowed) {
  auto response = HttpResponse::problem(405, "Method Not Allowed", fmt::format("this path takes {}", allowed));
  response.headers.push_back({"Allow", std::string(allowed)});
  return response;
}

// Fetch standard, CORS preflight. Credentials are not used: tokens travel in the query.
HttpResponse preflight(std::string_view allowed) {
  HttpResponse response;
  response.status = 204;
  response.headers = {{"Access-Control-Allow-Origin", "*"},
                      {"Access-Control-Allow-Methods", std::string(allowed)},
                      {"Access-Control-Allow-Headers", "*"},
                      {"Access-Control-Max-Age", "86400"},
                      {"Allow", std::string(allowed)}};
  return response;
}

// The house's own paths are for programs and for pages of our own: no other site's page is let in by CORS.
HttpResponse options(std::string_view allowed) {
  HttpResponse response;
  response.status = 204;
  response.headers = {{"Allow", std::string(allowed)}};
  return response;
}

// Range, If-None-Match and HEAD ask the same of every answer, so the house sees to them once. What streams answer may be read by
// every site's page.
HttpResponse finished(const HttpRequest& asked, bool ours, HttpResponse response) {
  response = net::finish(asked, std::move(response));
  if (!ours) set_header(response, "Access-Control-Allow-Origin", "*");
  return response;
}

HttpReply finishing(const HttpRequest& request, bool ours, HttpReply reply) {
  const auto asks = [](const Header& header) {
    return same_word(std::string_view(header.name).substr(0, 3), "If-") || same_word(header.name, "Range");
  };
  if (request.method == "GET" && std::ranges::none_of(request.headers, asks)) {  // most: nothing need be kept for their answers
    static const HttpRequest plain;
    ReplyAccess::change_by<HttpResponse>(
        reply, ours ? [](HttpResponse response) { return finished(plain, true, std::move(response)); }
                    : [](HttpResponse response) { return finished(plain, false, std::move(response)); });
    return reply;
  }
  HttpRequest asked;
  asked.method = request.method;
  std::ranges::copy_if(request.headers, std::back_inserter(asked.headers), asks);
  return reply_through(std::move(reply), [asked = std::move(asked), ours](HttpResponse response) {
    return finished(asked, ours, std::move(response));
  });
}

constexpr std::string_view viewers_methods = "GET, HEAD, OPTIONS";

}  // namespace

void Site::add_page(std::string path, std::string content_type, Bytes body) {
  if (!path.starts_with('/')) path.insert(path.begin(), '/');
  std::string etag = fmt::format("\"{:016x}\"", std::hash<std::string_view>{}(body.text()));
  pages_[std::move(path)] = Page{std::move(content_type), std::move(body), std::move(etag)};
}

void Site::handle(HttpRequest request, HttpReply reply) const {
  const auto page = pages_.find(request.path);
  const bool ours = page != pages_.end() || request.path == "*" || engine::reserved(first_segment(request.path));
  reply = finishing(request, ours, std::move(reply));

  if (page != pages_.end()) {
    if (request.method == "OPTIONS") return reply(preflight(viewers_methods));
    if (!reads(request.method)) return reply(wrong_method(viewers_methods));
    HttpResponse response;
    response.status = 200;
    response.headers = {{"Content-Type", page->second.type}, {"Cache-Control", "no-cache"}, {"ETag", page->second.etag}};
    response.body = {page->second.body};
    return reply(std::move(response));
  }
  if (request.path == "*") return reply(options(viewers_methods));  // RFC 9110 9.3.7: the server as a whole
  ours ? own(request, std::move(reply)) : viewer(std::move(request), std::move(reply));
}

void Site::own(const HttpRequest& request, HttpReply reply) const {
  const Route* found = nullptr;
  std::vector<std::string> taken;
  std::string allowed;
  for (const Route& route : routes()) {
    auto captured = match(route.pattern, request.path);
    if (!captured) continue;
    allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", route.method == "GET" ? "GET, HEAD" : route.method);
    if (route.method != (request.method == "HEAD" ? "GET" : std::string_view(request.method))) continue;
    found = &route;
    taken = std::move(*captured);
  }
  if (allowed.empty()) return reply(not_found("there is nothing of that name; GET /v1/openapi.yaml lists what there is"));
  if (found == nullptr)
    return reply(request.method == "OPTIONS" ? options(allowed + ", OPTIONS") : wrong_method(allowed + ", OPTIONS"));
  if (found->access == Access::open) return reply(found->answer({core_, request, std::move(taken)}));
  AdmitRequest admit;
  admit.session = engine::next_session();
  admit.action = Action::control;
  admit.protocol = "http";
  if (taken.size() == 2) admit.app = taken[0], admit.name = taken[1];
  admit.query = request.query;
  admit.client = request.client;
  const bool foreign = admit.client.loopback && !names_this_machine(request.header("Host"));
  if (foreign) admit.client.loopback = false;
  core_.gate().ask(std::move(admit), [&core = core_, found, request, taken, foreign,
                                      shared = std::make_shared<HttpReply>(std::move(reply))](Verdict verdict) {
    if (!verdict.allowed && foreign) verdict.reason += "; on this machine ask for 127.0.0.1 or localhost, not for another name";
    if (!verdict.allowed) return (*shared)(HttpResponse::problem(403, "Forbidden", verdict.reason));
    (*shared)(found->answer({core, request, taken}));
  });
}

void Site::viewer(HttpRequest request, HttpReply reply) const {
  const auto asked = below_a_stream(request.path);
  if (!asked) return reply(not_found("there is nothing of that name"));
  const auto [name, rest] = *asked;  // parts of the request's path
  if (request.method == "OPTIONS") return reply(preflight(viewers_methods));
  const auto stream = core_.find(name);
  if (!stream) return reply(not_found("no such stream, or nobody publishes it now"));
  const RouteInfo* const route = stream->route(rest);
  if (route == nullptr) return reply(not_found("the stream has nothing of that name"));
  if (!reads(request.method)) return reply(wrong_method(viewers_methods));

  engine::Gate& gate = core_.gate();
  const bool playlist = rest.ends_with(".m3u8");
  if (!gate.asks_host() || (!route->admits && !playlist)) return stream->handle(*route, request, rest, std::move(reply));
  const bool known = core_.viewers().touch(request.parameter("session"), name, core_.clock().monotonic());
  if (known) return stream->handle(*route, request, rest, std::move(reply));
  if (!route->admits)
    return reply(HttpResponse::problem(403, "Forbidden", "the session is missing or over; begin again at index.m3u8"));

  AdmitRequest admit;
  admit.session = engine::next_session();
  admit.action = Action::play;
  admit.protocol = "llhls";
  admit.app = name.substr(0, name.find('/'));
  admit.name = name.substr(admit.app.size() + 1);
  admit.query = request.query;
  admit.client = request.client;
  gate.ask(admit, [&core = core_, admit, stream, route, rest = std::string(rest), request,
                   shared = std::make_shared<HttpReply>(std::move(reply))](Verdict verdict) mutable {
    if (!verdict.allowed) return (*shared)(HttpResponse::problem(403, "Forbidden", verdict.reason));
    const auto token = core.viewers().open(admit, core.clock().monotonic());
    if (!token) return (*shared)(HttpResponse::problem(503, "Service Unavailable", token.error().message()));
    // The viewer's own key stays with the host; playlists carry the session alone.
    request.query = "session=" + *token;
    stream->handle(*route, request, rest, reply_through(std::move(*shared), [](HttpResponse response) {
      set_header(response, "Cache-Control", "no-store");
      return response;
    }));
  });
}

}  // namespace rostrum::http
