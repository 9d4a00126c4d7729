// What stands before an answer's body (RFC 9112 4).
#pragma once

#include <string>
#include <string_view>

#include <rostrum/http.hpp>

namespace rostrum::net {

/// "Bad Request"; "" for a status that nobody has named.
std::string_view reason_of(int status);

/// May an answer of that status have a body (RFC 9110 6.4.1)?
bool has_body(int status);

/// RFC 9110 5.6.7, of now. Valid until the thread asks again.
std::string_view date_now();

enum class Persistence { keep, keep_http10, close };  // keep_http10 has to be said aloud

/// The status line and all headers, with Date, Content-Length and Connection. What would break out of a header line (CR, LF, NUL
/// in a value, a name that is no token) does not get into it.
Bytes response_head(const HttpResponse& response, std::size_t body_bytes, Persistence persistence);

}  // namespace rostrum::net
