// A graph and a service file as plain values: nothing runs yet.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <rostrum/error.hpp>

namespace rostrum {

/// Named nodes with parameters, as one stream will run them. A cheap-to-copy immutable value. Thread-safe.
///
///     rostrum: 1
///     stream: live/demo            # optional; default live/main
///     nodes:
///       in:  {kind: test, size: 1280x720}
///       hls: {kind: llhls, from: [...]}
class Graph {
 public:
  /// Parses YAML or JSON (told apart by the first character that is not a space: '{'). `source` names the text in errors.
  /// Only the syntax is judged here; Engine::check judges the rest. Fails with Errc::bad_syntax or Errc::limit, at the first
  /// place.
  static Result<Graph> parse(std::string_view yaml_or_json, std::string_view source = "graph");
  /// The same from a file. Fails with Errc::io too.
  static Result<Graph> load(const std::filesystem::path&);

  [[nodiscard]] const std::string& stream() const;  // "live/main"
  /// Graphviz text of the graph as written (`rostrum dot`).
  [[nodiscard]] std::string dot() const;

  struct Data;
  explicit Graph(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  [[nodiscard]] const Data& data() const { return *data_; }

 private:
  std::shared_ptr<const Data> data_;
};

/// A whole file for `rostrum serve`: doors, admission, stream templates. Same rules as Graph.
class Service {
 public:
  static Result<Service> parse(std::string_view yaml_or_json, std::string_view source = "service");
  static Result<Service> load(const std::filesystem::path&);

  /// Graphviz text of every template as written (`rostrum dot`).
  [[nodiscard]] std::string dot() const;

  struct Data;
  explicit Service(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  [[nodiscard]] const Data& data() const { return *data_; }

 private:
  std::shared_ptr<const Data> data_;
};

/// A file that may be either: one with `listen` or `streams` at the top is a service, any other a graph.
/// Fails like Graph::load.
Result<std::variant<Graph, Service>> load_file(const std::filesystem::path&);

}  // namespace rostrum
