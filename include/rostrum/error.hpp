// What can go wrong, as a value: a place, what is wrong there, and the remedy.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace rostrum {

enum class Errc {
  bad_syntax,       // a file that is no YAML or JSON, bytes that are no message of the protocol
  bad_graph,        // nodes that do not fit together
  bad_param,        // a parameter with a wrong name, type, unit or range
  unknown_kind,     // no kind of that name is registered
  missing_element,  // a GStreamer element is not installed; `what` names the package that has it
  unsupported,      // understood, but not possible here (a codec that the sink cannot carry)
  not_found,        // no such stream, node, file or route
  busy,             // taken: a port in use, a live name that is already published
  denied,           // the host or the admission chain said no, or did not answer in time
  limit,            // a bound was passed: size, count, rate or nesting
  timeout,          // nothing came for too long
  io,               // the operating system said no
  closed,           // the other side is gone, or the stream has ended
  version,          // a file or plugin made for another version
  internal,         // a promise inside rostrum was broken
};

/// "bad_param", "busy", ...: stable names for logs, metrics and problem documents.
std::string_view name_of(Errc) noexcept;

enum class Severity { error, warning };

/// One finding. `where` is a place a person can go to ("show.yaml:14 nodes.hls.part"), `what` says what is wrong
/// and what to do ("200 is no duration; write 200ms").
struct Error {
  Errc code = Errc::internal;
  std::string where;
  std::string what;
  Severity severity = Severity::error;

  /// "show.yaml:14 nodes.hls.part: 200 is no duration; write 200ms"
  [[nodiscard]] std::string message() const { return where.empty() ? what : where + ": " + what; }
};

template <class T>
using Result = tl::expected<T, Error>;

/// The failing half of a Result: `return fail(Errc::busy, "rtmp://0.0.0.0:1935", "the port is in use; ...")`.
inline tl::unexpected<Error> fail(Errc code, std::string where, std::string what) {
  return tl::unexpected<Error>(Error{code, std::move(where), std::move(what)});
}

}  // namespace rostrum
