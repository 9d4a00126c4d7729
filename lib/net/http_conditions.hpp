// Conditional and range requests (RFC 9110 13, 14) on finished answers: pure functions, for our own server and for a host's.
#pragma once

#include <rostrum/http.hpp>

namespace rostrum::net {

/// What the request's If-Match, If-None-Match, Range and If-Range make of a 200, in that order (RFC 9110 13.2.2):
/// - 412 where If-Match names other versions than the answer's ETag (GET and HEAD);
/// - 304 without a body where the answer's ETag is among If-None-Match (GET and HEAD);
/// - 206 with one byte range, or 416, for a GET of an answer that has an ETag or says `Accept-Ranges: bytes`. The body's slices
/// are
///   shared, never copied. Several ranges, or one that is no byte range, give the whole (RFC 9110 14.2 lets a server ignore
///   them).
/// Answers have ETags and no Last-Modified, so the conditions with dates are ignored (13.1.3, 13.1.4) and an If-Range with a date
/// gives the whole. Content-Encoding answers have no ranges. Anything but a 200 comes back as it is. The body of an answer to
/// HEAD stays: whoever sends it cuts it.
HttpResponse finish(const HttpRequest& request, HttpResponse response);

}  // namespace rostrum::net
