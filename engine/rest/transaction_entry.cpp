// One entry of a transaction or batch, read and answered.
#include "engine/fhir/validate.hpp"
#include "engine/rest/transaction.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

using verb = bundle_entry::verb;

std::string_view reason(int status) {
  switch (status) {
    case 200: return "200 OK";
    case 201: return "201 Created";
    case 204: return "204 No Content";
    case 304: return "304 Not Modified";
    case 400: return "400 Bad Request";
    case 403: return "403 Forbidden";
    case 404: return "404 Not Found";
    case 405: return "405 Method Not Allowed";
    case 409: return "409 Conflict";
    case 410: return "410 Gone";
    case 412: return "412 Precondition Failed";
    case 422: return "422 Unprocessable Entity";
    default: return {};
  }
}

/// `Patient/7/_history/2?x=y`, also under our base or with a slash before it.
bool read_url(std::string_view url, const surroundings& around, request& out) {
  if (url.starts_with(around.base)) url.remove_prefix(around.base.size());
  while (url.starts_with('/')) url.remove_prefix(1);
  if (url.find("://") != url.npos) return false;
  const auto mark = url.find('?');
  auto path = url.substr(0, mark);
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto segment = decode_query(path.substr(0, slash));
    if (!segment || segment->size() != 1 || !segment->front().second.empty()) return false;
    out.path.push_back(segment->front().first);
    path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
  }
  if (mark == url.npos) return !out.path.empty();
  auto query = decode_query(url.substr(mark + 1));
  if (!query) return false;
  out.query = std::move(*query);
  return !out.path.empty();
}

void take_header(const fhir::node& from, std::string_view member, const char* name, request& to) {
  if (const auto value = from.str(member); !value.empty()) to.headers[name] = value;
}

/// The response's times are instants, headers' are not.
std::string_view header_of(const reply& from, std::string_view name) {
  for (const auto& [key, value] : from.headers)
    if (key == name) return value;
  return {};
}

bool wants_resources(const request& whole) {
  const auto prefer = whole.headers.find("prefer");
  return prefer != whole.headers.end() && prefer->second.find("return=") != std::string::npos &&
    prefer_return(whole) == "representation";
}

} // namespace

std::string entry_path(size_t number) { return "Bundle.entry[" + std::to_string(number) + "]"; }

result<bundle_entry> read_entry(fhir::node& entry, size_t number, const request& whole,
                                const surroundings& around, reply& refused) {
  const auto place = entry_path(number);
  const auto fault = [&](int status, std::string_view code, std::string_view text, std::string_view member) {
    refused = refusal(status, code, text, place + std::string(member));
    return error{error_code::invalid, place, std::string(text)};
  };
  bundle_entry out;
  out.entry = &entry;
  out.number = number;
  out.full_url = entry.str("fullUrl");
  auto* asked = entry.get("request");
  if (asked == nullptr)
    return fault(400, "required", "an entry of a transaction or batch has a request", ".request");
  if (!read_url(asked->str("url"), around, out.asked))
    return fault(400, "value", "the url is none of this server", ".request.url");
  const auto method = asked->str("method");
  out.asked.method = method;
  if (const auto prefer = whole.headers.find("prefer"); prefer != whole.headers.end())
    out.asked.headers.insert(*prefer);
  take_header(*asked, "ifNoneMatch", "if-none-match", out.asked);
  take_header(*asked, "ifModifiedSince", "if-modified-since", out.asked);
  if (method == "GET" || method == "HEAD") {
    // It stands in the bundle's transaction, and what begins one of its own would end that.
    if (!only_reads(out.asked))
      return fault(400, "not-supported", "this begins work of its own: ask for it outside of a Bundle",
                   ".request.url");
    return out;
  }
  if (method != "POST" && method != "PUT" && method != "DELETE")
    return fault(405, "not-supported", "this method is not offered", ".request.method");

  out.how = method == "POST" ? verb::post : method == "PUT" ? verb::put : verb::remove;
  out.type = out.asked.path.front();
  if (out.asked.path.size() > (out.how == verb::post ? 1u : 2u))
    return fault(400, "value", "nothing can be written there", ".request.url");
  if (out.asked.path.size() == 2) out.id = out.asked.path[1];
  task& wants = out.wants.emplace();
  wants.how = out.how == verb::post ? task::kind::create
    : out.how == verb::put          ? task::kind::update
                                    : task::kind::remove;
  wants.type = out.type;
  wants.id = out.id;
  wants.path = place + (out.how == verb::remove ? ".request.url" : ".resource");
  wants.full_url = out.full_url;
  wants.if_match = asked->str("ifMatch");
  if (out.how != verb::post && out.id.empty()) {
    wants.condition = criteria_of(out.asked.query);
    if (wants.condition->empty()) return fault(400, "value", "the url names no resource", ".request.url");
  }
  if (const auto unless = asked->str("ifNoneExist"); out.how == verb::post && !unless.empty()) {
    wants.condition = decode_query(unless.substr(unless.find('?') == unless.npos ? 0 : unless.find('?') + 1));
    if (!wants.condition) return fault(400, "value", "this is not an encoded query", ".request.ifNoneExist");
  }
  if (out.how == verb::remove) return out;

  wants.resource = entry.get("resource");
  if (wants.resource == nullptr || !wants.resource->is_object())
    return fault(400, "required", "there is nothing to write", ".resource");
  if (wants.resource->str("resourceType") != out.type)
    return fault(400, "value", "the url names another type than the resource has", ".request.url");
  if (out.how == verb::post) fhir::document::remove(*wants.resource, "id");
  else if (!out.id.empty() && wants.resource->str("id") != out.id)
    return fault(400, "value", "the resource must have the id of the url", ".resource.id");
  return out;
}

void add_response(fhir::document& into, fhir::node& list, const request& whole, const bundle_entry& each,
                  const task* done, const surroundings& around) {
  auto* entry = into.push(list, into.object());
  fhir::node *resource = nullptr, *outcome = nullptr;
  if (done != nullptr && done->resource != nullptr && done->status != 204) {
    if (wants_resources(whole)) {
      into.add(*entry, "fullUrl", around.base + '/' + done->type + '/' + done->id);
      resource = into.copy(*done->resource);
    }
    if (prefer_return(whole) == "OperationOutcome") outcome = fhir::outcome(into, {});
  } else if (each.answer && !each.answer->issues.empty()) {
    outcome = fhir::outcome(into, each.answer->issues);
  } else if (each.answer && !each.answer->body.empty()) {
    if (auto body = fhir::document::parse(each.answer->body)) {
      auto* copy = into.copy(*body->root);
      (each.answer->status < 400 ? resource : outcome) = copy;
    }
  }
  if (resource != nullptr) into.add(*entry, "resource", resource);
  auto* response = into.add(*entry, "response", into.object());
  const int status = done != nullptr ? done->status : each.answer ? each.answer->status : 500;
  const auto words = reason(status);
  into.add(*response, "status", words.empty() ? std::to_string(status) : std::string(words));
  if (done != nullptr && !done->version_id.empty()) {
    if (status != 204)
      into.add(*response, "location",
               around.base + '/' + done->type + '/' + done->id + "/_history/" + done->version_id);
    into.add(*response, "etag", "W/\"" + done->version_id + "\"");
    into.add(*response, "lastModified", to_iso(done->last_updated));
  } else if (each.answer && !header_of(*each.answer, "ETag").empty()) {
    into.add(*response, "etag", header_of(*each.answer, "ETag"));
  }
  if (outcome != nullptr) into.add(*response, "outcome", outcome);
}

} // namespace aorta::rest
