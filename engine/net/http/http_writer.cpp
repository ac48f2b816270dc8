#include "engine/net/http/http_writer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace aorta::net {

namespace {

std::string_view reason(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

bool same_name(std::string_view name, std::string_view lower_case) noexcept {
  return std::equal(name.begin(), name.end(), lower_case.begin(), lower_case.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

bool splits(std::string_view text) noexcept {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

bool safe(const http_response& response) noexcept {
  if (response.status < 200 || response.status > 599 || splits(response.content_type)) return false;
  return std::none_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
    return header.first.empty() || splits(header.first) ||
      header.first.find_first_of(": ") != std::string::npos || splits(header.second);
  });
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  (((out += name) += ": ") += value) += "\r\n";
}

} // namespace

void append_response(std::string& out, const http_response& response, const http_framing& how,
                     std::string_view date) {
  if (!safe(response))
    return append_response(out, error_response(500, "internal", "the answer could not be written"), how,
                           date);
  const bool bodiless = response.status == 204 || response.status == 304;
  out.reserve(out.size() + 256 + (how.without_body ? 0 : response.body.size()));
  out += "HTTP/1.1 ";
  ((out += std::to_string(response.status)) += ' ') += reason(response.status);
  out += "\r\n";
  append_header(out, "Date", date);
  if (!bodiless) {
    if (!response.content_type.empty()) append_header(out, "Content-Type", response.content_type);
    if (!how.goes_on) append_header(out, "Content-Length", std::to_string(response.body.size()));
  }
  append_header(out, "X-Content-Type-Options", "nosniff");
  bool cache_rule = false;
  for (const auto& [name, value] : response.headers) {
    if (same_name(name, "content-length") || same_name(name, "connection") ||
        same_name(name, "transfer-encoding"))
      continue;
    cache_rule = cache_rule || same_name(name, "cache-control");
    append_header(out, name, value);
  }
  if (!cache_rule) append_header(out, "Cache-Control", "no-store");
  if (how.close) append_header(out, "Connection", "close");
  else if (how.old_version) append_header(out, "Connection", "keep-alive");
  out += "\r\n";
  if (!how.without_body && !bodiless) out += response.body;
}

http_response error_response(int status, std::string_view code, std::string_view message) {
  http_response response;
  response.status = status;
  response.body = R"({"error":{"code":")";
  (((response.body += code) += R"(","message":")") += message) += R"("}})";
  return response;
}

std::string http_date(std::time_t when) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&when, &utc);
  char text[64]; // not strftime: its names depend on the locale
  const int size = std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 days[static_cast<size_t>(utc.tm_wday)], utc.tm_mday,
                                 months[static_cast<size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                                 utc.tm_min, utc.tm_sec);
  return std::string(text, static_cast<size_t>(size));
}

} // namespace aorta::net
