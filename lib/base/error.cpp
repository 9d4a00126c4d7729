#include <rostrum/error.hpp>

namespace rostrum {

std::string_view name_of(Errc code) noexcept {
  switch (code) {
    case Errc::bad_syntax:
      return "bad_syntax";
    case Errc::bad_graph:
      return "bad_graph";
    case Errc::bad_param:
      return "bad_param";
    case Errc::unknown_kind:
      return "unknown_kind";
    case Errc::missing_element:
      return "missing_element";
    case Errc::unsupported:
      return "unsupported";
    case Errc::not_found:
      return "not_found";
    case Errc::busy:
      return "busy";
    case Errc::denied:
      return "denied";
    case Errc::limit:
      return "limit";
    case Errc::timeout:
      return "timeout";
    case Errc::io:
      return "io";
    case Errc::closed:
      return "closed";
    case Errc::version:
      return "version";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace rostrum
