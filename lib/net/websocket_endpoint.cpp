#include <utility>

#include "net/http_head.hpp"
#include "net/http_text.hpp"
#include "net/websocket_handshake.hpp"
#include "net/websocket_session.hpp"

namespace rostrum::net {
namespace {

constexpr std::array<std::string_view, endings> ending_names{
    "normal", "going_away", "protocol_error", "bad_payload", "too_big", "slow_reader", "timeout", "other", "abnormal"};

WebSocketEndpoint::State make_state(std::string_view name, WebSocketOptions options, Metrics& metrics) {
  const auto messages = [&](std::string_view way) -> Counter& {
    return metrics.counter("rostrum_websocket_messages_total",
                           "WebSocket messages received, sent, and left out for slow readers.",
                           {{"endpoint", name}, {"way", way}});
  };
  const auto refused = [&](std::string_view why) -> Counter& {
    return metrics.counter("rostrum_websocket_refused_total", "Requests for a WebSocket that were refused.",
                           {{"endpoint", name}, {"reason", why}});
  };
  WebSocketEndpoint::State state{
      std::move(options),  metrics.gauge("rostrum_websockets", "Open WebSockets.", {{"endpoint", name}}),
      messages("in"),      messages("out"),
      messages("skipped"), refused("handshake"),
      refused("origin"),   {}};
  for (std::size_t i = 0; i < endings; ++i) {
    state.ended[i] = &metrics.counter("rostrum_websocket_closed_total", "WebSockets that have ended, by how.",
                                      {{"endpoint", name}, {"how", ending_names[i]}});
  }
  return state;
}

}  // namespace

bool same_origin(std::string_view origin, const HttpRequest& request) {
  const auto scheme = origin.find("://");
  return scheme != origin.npos && same_word(origin.substr(scheme + 3), request.header("Host"));
}

WebSocketEndpoint::WebSocketEndpoint(std::string_view name, WebSocketOptions options, Metrics& metrics)
    : state_(std::make_shared<const State>(make_state(name, std::move(options), metrics))) {}

HttpResponse WebSocketEndpoint::accept(const HttpRequest& request, Open open) const {
  auto handshake = read_handshake(request, state_->options.subprotocols);
  if (!handshake) {
    state_->refused_handshake.add();
    return std::move(handshake).error();
  }
  const std::string_view origin = request.header("Origin");
  const auto& allowed = state_->options.allow_origin;
  if (!origin.empty() && !(allowed ? allowed(origin, request) : same_origin(origin, request))) {
    state_->refused_origin.add();
    return HttpResponse::problem(403, reason_of(403), "pages of this origin may not open a WebSocket here");
  }
  HttpResponse response;
  response.status = 101;
  response.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Accept", std::move(handshake->accept)}};
  if (!handshake->subprotocol.empty()) response.headers.push_back({"Sec-WebSocket-Protocol", handshake->subprotocol});
  response.upgrade = std::make_shared<const Upgrade>(
      [state = state_, open = std::move(open), client = request.client,
       subprotocol = std::move(handshake->subprotocol)](Connection& connection) -> std::unique_ptr<Protocol> {
        auto session = std::make_unique<WebSocketSession>(dynamic_cast<WireConnection&>(connection), state, client, subprotocol);
        session->open(open);
        return session;
      });
  return response;
}

}  // namespace rostrum::net
