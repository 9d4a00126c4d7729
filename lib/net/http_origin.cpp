#include "net/http_origin.hpp"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <rostrum/log.hpp>

#include "net/forwarded.hpp"
#include "net/http_head.hpp"

namespace rostrum::net {
namespace {

void handler_threw(Exchange& exchange, std::string_view what) {
  log(Level::error, "http", "", fmt::format("a handler threw: {}", what));
  exchange.replace(HttpResponse::problem(500, reason_of(500), "the server made a mistake"));
}

}  // namespace

HttpResponse answer_of(const Refusal& refusal) {
  return HttpResponse::problem(refusal.status, reason_of(refusal.status), refusal.detail);
}

Error error_of(const Refusal& refusal) {
  const int status = refusal.status;
  const Errc code = status == 408                    ? Errc::timeout
                    : status == 501 || status == 505 ? Errc::unsupported
                    : status == 400 || status == 417 ? Errc::bad_syntax
                                                     : Errc::limit;
  return {code, {}, fmt::format("{} {}", status, refusal.detail)};
}

std::shared_ptr<const HttpOrigin> make_origin(HttpHandler handler, const HttpLimits& limits, Metrics& metrics) {
  return std::make_shared<const HttpOrigin>(std::move(handler), limits, metrics);
}

HttpOrigin::HttpOrigin(HttpHandler handler, const HttpLimits& l, Metrics& metrics) : limits(l), handler_(std::move(handler)) {
  constexpr std::array classes{"1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i < classes.size(); ++i) {
    answers_[i] = &metrics.counter("rostrum_http_responses_total", "HTTP answers by class of status.", {{"class", classes[i]}});
  }
}

void HttpOrigin::ask(const WireConnection& connection, HttpRequest request, const std::shared_ptr<Exchange>& exchange) const {
  exchange->head_only = request.method == "HEAD";
  request.client = connection.client();
  resolve_client(request, connection.peer(), connection.trusted_proxies());
  try {
    handler_(std::move(request), HttpReply(exchange));
  } catch (const std::exception& e) {
    handler_threw(*exchange, e.what());
  } catch (...) {
    handler_threw(*exchange, "something that is no exception");
  }
}

void HttpOrigin::leaving(HttpResponse& response) const {
  if ((response.status < 200 && !(response.status == 101 && response.upgrade)) || response.status > 999)
    response = HttpResponse::problem(500, reason_of(500), "the answer had no valid status");
  answers_[std::min<std::size_t>(static_cast<std::size_t>(response.status) / 100, 5) - 1]->add();
}

}  // namespace rostrum::net
