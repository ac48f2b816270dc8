#include "engine/http/exchange.hpp"

#include "engine/http/json.hpp"

namespace aorta::http {

response failure(int status, std::string_view code, std::string_view message, std::string_view details_name,
                 std::string_view details) {
  json out;
  out.open().key("error").open().field("code", code).field("message", message).key("details").open();
  if (!details_name.empty()) out.field(details_name, details);
  out.close().close().close();
  std::string fault(code);
  (fault += ": ") += message;
  if (!details.empty()) ((((fault += " (") += details_name) += ": ") += details) += ")";
  return {.status = status, .body = out.take(), .fault = std::move(fault)};
}

response failure(const error& why) {
  switch (why.code) {
    case error_code::undone:
    case error_code::store_unavailable: return failure(503, "store-unavailable", why.text);
    case error_code::paused:
    case error_code::deadline: return failure(503, name(why.code), why.text);
    case error_code::conflict: return failure(409, "conflict", why.text);
    case error_code::unknown_key: return failure(404, "not-found", why.text);
    case error_code::internal: return failure(500, "internal", why.text);
    default: return failure(422, name(why.code), why.text, "where", why.where);
  }
}

} // namespace aorta::http
