// A request and its response, as those see them who answer: no sockets, no headers that only a server needs.
#pragma once

#include "engine/base/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::http {

struct request {
  std::string method;
  std::vector<std::string> path;            ///< decoded segments: {"api", "messages", "019..."}
  std::map<std::string, std::string> query; ///< decoded; a repeated name keeps its last value
  std::string bearer;                       ///< the key of `Authorization: Bearer KEY`, empty if none
  std::string search;                       ///< the query as it was sent, for the audit
  std::string peer, body;
  bool from_console = false; ///< it carries the header that no other site can send
};

struct response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string fault; ///< of a refusal, for the audit: its code and text
};

/// `{"error": {"code", "message", "details"}}`; `details` holds at most one member.
response failure(int status, std::string_view code, std::string_view message,
                 std::string_view details_name = {}, std::string_view details = {});
response failure(const error& why); ///< with the status its code means

} // namespace aorta::http
