// Which interaction answers a request.
#include "engine/rest/rest.hpp"

#include "engine/fhir/validate.hpp"
#include "engine/rest/binary.hpp"
#include "engine/rest/interactions.hpp"
#include "engine/rest/references.hpp"
#include "engine/rest/repository.hpp"
#include "engine/rest/sources.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

reply unknown(const request& what, const http::match<interaction>& found) {
  if (found.path != nullptr && found.taken == nullptr) return not_taken(found.allowed);
  const auto& path = what.path;
  const bool of_type = !path.empty() && !path[0].starts_with('_') && !path[0].starts_with('$');
  if (of_type && !is_served(path[0]))
    return refusal(404, "not-supported", "resources of this type are not served here");
  if (!path.empty() && path.back().starts_with('$'))
    return refusal(501, "not-supported", "there is no such operation here");
  if (path.empty() || path[0].starts_with('_'))
    return refusal(501, "not-supported", "this server keeps histories by type");
  return refusal(404, "not-found", "there is no such address");
}

bool is_json_form(std::string_view form) {
  constexpr std::string_view all[] = {"json",         "application/json",      "application/fhir+json",
                                      "text/json",    "application/json+fhir", "*/*",
                                      "application/*"};
  return std::find(std::begin(all), std::end(all), media_type(form)) != std::end(all);
}

/// `;q=0`, `; q=0.000`: never to be sent (RFC 9110 12.4.2).
bool is_refused(std::string_view form) {
  for (auto at = form.find(';'); at != form.npos; at = form.find(';', at + 1)) {
    auto one = form.substr(at + 1, form.find(';', at + 1) - at - 1);
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.size() < 3 || (one[0] != 'q' && one[0] != 'Q') || one[1] != '=') continue;
    return one.substr(2, one.find(' ') - 2).find_first_not_of("0.") == one.npos;
  }
  return false;
}

bool is_search(const request& what) { return what.path.size() == 1 && what.path[0] != "metadata"; }

constexpr std::string_view json_media = "application/fhir+json"; ///< what `Accept` is held against

access needed_for(const interaction& one) {
  const auto code = one.like.empty() ? one.code : one.like;
  if (code == "create") return access::create;
  if (code == "update" || code == "patch") return access::update;
  if (code == "delete") return access::remove;
  if (code == "read" || code == "vread" || code == "history-instance") return access::get;
  if (code == "search-type") return access::search;
  return one.is.may == http::scope::resource_write ? access::write : access::read;
}

/// Of what several types share each entry is asked by itself.
bool may(const grant& who, const interaction& one, const request& what) {
  const bool of_resources = one.is.may == http::scope::resource_read ||
    one.is.may == http::scope::resource_write;
  return !of_resources || who.may(needed_for(one), what.path[0]);
}

reply answer(const http::match<interaction>& found, const request& what, const grant& who,
             ports::record_session& with, const surroundings& around) {
  if (found.taken == nullptr || found.taken->handle == nullptr) return unknown(what, found);
  if (found.taken->is.media == json_media && !wants_json(what) && !is_raw_read(what))
    return refusal(406, "not-supported", "answers are application/fhir+json");
  if (!may(who, *found.taken, what))
    return refusal(403, "forbidden",
                   found.taken->is.may == http::scope::resource_read
                     ? "this key may not read resources of this type"
                     : "this key may not write resources of this type");
  repository in(with, who, around);
  visit on{what, around, &in, {}};
  found.taken->handle(on);
  return std::move(on.out);
}

} // namespace

reply not_taken(const std::string& allowed) {
  auto out = refusal(405, "not-supported", "this address does not take this method");
  out.headers.emplace_back("Allow", allowed);
  return out;
}

bool wants_json(const request& what) {
  for (const auto& [name, value] : what.query) {
    if (name != "_format") continue;
    auto form = value;
    std::replace(form.begin(), form.end(), ' ', '+'); // `application/fhir+json` whose + was not encoded
    return is_json_form(form);
  }
  const auto accept = what.headers.find("accept");
  if (accept == what.headers.end() || accept->second.empty()) return true;
  std::string_view rest = accept->second;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (const auto one = rest.substr(0, comma); is_json_form(one) && !is_refused(one)) return true;
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
  }
  return false;
}

bool only_reads(const request& what) {
  const auto found = find_interaction(what.method, what.path);
  if (what.method == "GET" || what.method == "HEAD")
    return found.taken == nullptr || found.taken->by != work::writes;
  return found.taken != nullptr && found.taken->by == work::reads;
}

void expect(const request& what, const grant& who, ports::record_session& with) {
  if ((what.method != "GET" && what.method != "HEAD") || what.path.empty() || what.path[0] == "AuditEvent" ||
      !is_served(what.path[0]))
    return;
  const auto& type = what.path[0];
  if (!who.may(is_search(what) ? access::search : access::get, type)) return;
  if (is_search(what)) {
    const auto read = fhir::read_query(type, what.query, lenient(what));
    if (!fhir::has_error(read.faults)) expect_search(with, read.value, who, {});
    return;
  }
  if (what.path.size() != 2 || !fhir::is_id(what.path[1])) return;
  if (const auto at = fhir::place_of(type, what.path[1])) with.expect(rows_of(at->of, type, {at->key}));
}

reply handle(const request& what, const grant& who, ports::record_session& with, const surroundings& around) {
  return answer(find_interaction(what.method, what.path), what, who, with, around);
}

} // namespace aorta::rest
