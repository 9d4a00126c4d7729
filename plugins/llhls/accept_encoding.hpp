// Whether a player may be given a playlist in fewer bytes.
#pragma once

#include <rostrum/http.hpp>

namespace rostrum::llhls {

/// Does the request's Accept-Encoding allow gzip (RFC 9110 12.5.3)? The first that is said of it holds; "*" alone is not taken
/// for a player that unpacks.
bool takes_gzip(const HttpRequest&);

}  // namespace rostrum::llhls
