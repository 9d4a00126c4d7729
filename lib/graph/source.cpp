#include "graph/source.hpp"

#include "graph/parse.hpp"

namespace rostrum {
namespace {

Result<graph::Source> parsed(std::string_view text, std::string_view name, std::filesystem::path folder) {
  return graph::parse(text, name).map([&](graph::Value root) {
    return graph::Source{std::string(name), std::move(folder), std::move(root)};
  });
}

Result<graph::Source> loaded(const std::filesystem::path& path) {
  return graph::read_file(path).and_then(
      [&](const std::string& text) { return parsed(text, path.string(), path.parent_path()); });
}

Graph graph_of(graph::Source source) {
  const graph::Entry* stream = source.root.find("stream");
  std::string name = stream && !stream->value.text.empty() ? stream->value.text : "live/main";
  return Graph(std::make_shared<const Graph::Data>(Graph::Data{std::move(source), std::move(name)}));
}
Service service_of(graph::Source source) {
  return Service(std::make_shared<const Service::Data>(Service::Data{std::move(source)}));
}

}  // namespace

Result<Graph> Graph::parse(std::string_view yaml_or_json, std::string_view source) {
  return parsed(yaml_or_json, source, {}).map(graph_of);
}
Result<Graph> Graph::load(const std::filesystem::path& path) {
  return loaded(path).map(graph_of);
}
const std::string& Graph::stream() const {
  return data_->stream;
}

Result<Service> Service::parse(std::string_view yaml_or_json, std::string_view source) {
  return parsed(yaml_or_json, source, {}).map(service_of);
}
Result<Service> Service::load(const std::filesystem::path& path) {
  return loaded(path).map(service_of);
}

Result<std::variant<Graph, Service>> load_file(const std::filesystem::path& path) {
  return loaded(path).map([](graph::Source source) -> std::variant<Graph, Service> {
    if (source.root.find("listen") || source.root.find("streams")) return service_of(std::move(source));
    return graph_of(std::move(source));
  });
}

}  // namespace rostrum
