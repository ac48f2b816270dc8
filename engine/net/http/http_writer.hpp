// Responses as bytes.
#pragma once

#include "engine/net/http/http_server.hpp"

#include <ctime>
#include <string>
#include <string_view>

namespace aorta::net {

struct http_framing {
  bool close = false;        ///< say `Connection: close`
  bool without_body = false; ///< to HEAD: the length is told, the bytes are not sent
  bool old_version = false;  ///< to HTTP/1.0
  bool goes_on = false;      ///< its length is not known: it ends with the connection
};

/// Appends the response. A header that could split it (CR, LF, NUL) makes it a 500. `Cache-Control: no-store`
/// unless it says otherwise; Content-Length and Connection are this function's alone.
void append_response(std::string& out, const http_response& response, const http_framing& how,
                     std::string_view date);

/// `{"error":{"code":...,"message":...}}`; both are our own words.
http_response error_response(int status, std::string_view code, std::string_view message);

/// RFC 9110 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`
std::string http_date(std::time_t when);

} // namespace aorta::net
