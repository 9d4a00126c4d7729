#include <array>

#include <nlohmann/json.hpp>

#include "engine/core.hpp"
#include "http/site.hpp"

namespace rostrum::http {
namespace {

using nlohmann::json;

json to_json(const StreamInfo& info) {
  json out{{"name", info.name},
           {"state", name_of(info.state)},
           {"renditions", info.renditions},
           {"frames_in", info.frames_in},
           {"uptime_ms", std::chrono::duration_cast<std::chrono::milliseconds>(info.uptime).count()}};
  if (!info.publisher.empty()) out["publisher"] = info.publisher;
  if (!info.error.empty()) out["error"] = info.error;
  return out;
}

HttpResponse answer_json(const json& value) {
  return HttpResponse::text(200, "application/json", value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

HttpResponse no_such_stream() {
  return HttpResponse::problem(404, "Not Found", "no such stream");
}

HttpResponse list_streams(const Call& call) {
  json streams = json::array();
  for (const auto& stream : call.core.streams()) streams.push_back(to_json(stream->info()));
  return answer_json({{"streams", streams}});
}

HttpResponse one_stream(const Call& call) {
  const auto stream = call.core.find(call.path[0] + "/" + call.path[1]);
  return stream ? answer_json(to_json(stream->info())) : no_such_stream();
}

HttpResponse stop_stream(const Call& call) {
  const auto stream = call.core.find(call.path[0] + "/" + call.path[1]);
  if (!stream) return no_such_stream();
  stream->stop("stopped by the control API");
  HttpResponse response;
  response.status = 204;
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

HttpResponse show_openapi(const Call&) {
  return HttpResponse::text(200, "application/yaml", openapi());
}

HttpResponse show_metrics(const Call& call) {
  constexpr std::array states{StreamState::idle,     StreamState::starting, StreamState::live,
                              StreamState::draining, StreamState::failed,   StreamState::ended};
  std::array<double, states.size()> count{};
  for (const auto& stream : call.core.streams()) count[static_cast<std::size_t>(stream->state())] += 1;
  for (const StreamState state : states) {
    call.core.metrics()
        .gauge("rostrum_streams", "Streams, by state", {{"state", name_of(state)}})
        .set(count[static_cast<std::size_t>(state)]);
  }
  return HttpResponse::text(200, "text/plain; version=0.0.4; charset=utf-8", call.core.metrics().text());
}

HttpResponse healthy(const Call&) {
  return HttpResponse::text(200, "text/plain; charset=utf-8", "ok\n");
}

HttpResponse ready(const Call& call) {
  if (call.core.serving()) return HttpResponse::text(200, "text/plain; charset=utf-8", "ready\n");
  return HttpResponse::problem(503, "Service Unavailable", "the doors are not open, or the server drains");
}

constexpr std::array table{
    Route{"GET", "/v1/streams", Access::control, "All streams", "Streams", "application/json", "", list_streams},
    Route{"GET", "/v1/streams/{app}/{name}", Access::control, "One stream", "Stream", "application/json", "404 No such stream",
          one_stream},
    Route{"DELETE", "/v1/streams/{app}/{name}", Access::control,
          "Stops a stream: its publisher is sent away, its playlists end. The answer does not wait for that.", "", "",
          "404 No such stream", stop_stream},
    Route{"GET", "/v1/openapi.yaml", Access::open, "This description", "", "application/yaml", "", show_openapi},
    Route{"GET", "/metrics", Access::control, "Counters and gauges for Prometheus", "", "text/plain", "", show_metrics},
    Route{"GET", "/healthz", Access::open, "200 while the process lives", "", "text/plain", "", healthy},
    Route{"GET", "/readyz", Access::open, "200 while the doors are open", "", "text/plain", "503 Starting, or draining", ready},
};

}  // namespace

std::span<const Route> routes() {
  return table;
}

}  // namespace rostrum::http
