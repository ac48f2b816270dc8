// Binary as what it holds (FHIR R4 Binary, RESTful behavior): bytes in, bytes out, beside the resource.
#include "engine/rest/binary.hpp"

#include "engine/base/base64.hpp"
#include "engine/base/text.hpp"
#include "engine/rest/interactions.hpp"

namespace aorta::rest {
namespace {

constexpr base64::form any_base64{base64::alphabet::standard, base64::padding::optional,
                                  base64::spaces::skipped, base64::spare_bits::any};

} // namespace

bool is_raw_read(const request& what) {
  if (what.path.size() != 2 || what.path[0] != "Binary" || (what.method != "GET" && what.method != "HEAD"))
    return false;
  for (const auto& [name, value] : what.query)
    if (name == "_format") return false;
  auto accept = header(what, "accept");
  while (!accept.empty()) {
    const auto comma = accept.find(',');
    const auto one = media_type(accept.substr(0, comma));
    if (one == "application/fhir+json" || one == "application/json+fhir" || one == "application/json")
      return false;
    accept = comma == accept.npos ? std::string_view() : accept.substr(comma + 1);
  }
  return true;
}

bool is_raw_body(const request& what, std::string_view type) {
  if (type != "Binary") return false;
  const auto sent = media_type(header(what, "content-type"));
  return !sent.empty() && sent != "application/fhir+json" && sent != "application/json" &&
    sent != "application/json+fhir" && sent != "text/json";
}

fhir::document binary_of(const request& what, const std::string& id) {
  fhir::document out;
  out.root = out.object();
  out.add(*out.root, "resourceType", out.literal("Binary"));
  if (!id.empty()) out.add(*out.root, "id", id);
  out.add(*out.root, "contentType", trimmed(header(what, "content-type"), blanks));
  if (const auto context = trimmed(header(what, "x-security-context"), blanks); !context.empty())
    out.add(*out.add(*out.root, "securityContext", out.object()), "reference", context);
  if (!what.body.empty()) out.add(*out.root, "data", base64::encode(what.body));
  return out;
}

void answer_raw(reply& to, const fhir::node& binary) {
  auto bytes = base64::decode(binary.str("data"), any_base64);
  if (!bytes) {
    to = refusal(500, "exception", "the stored content cannot be read");
    return;
  }
  to.body = std::move(*bytes);
  to.content_type = binary.str("contentType");
  // It was written by anybody, and this address is the console's too: nothing of it runs.
  to.headers.emplace_back("Content-Security-Policy", "sandbox; default-src 'none'");
  to.headers.emplace_back("Content-Disposition", "attachment");
  if (const auto* context = binary.get("securityContext"); context != nullptr)
    if (const auto named = context->str("reference"); !named.empty())
      to.headers.emplace_back("X-Security-Context", named);
}

} // namespace aorta::rest
