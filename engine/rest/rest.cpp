// Which interaction answers a request.
#include "engine/rest/rest.hpp"

#include "engine/fhir/validate.hpp"
#include "engine/rest/interactions.hpp"
#include "engine/rest/references.hpp"
#include "engine/rest/repository.hpp"
#include "engine/rest/sources.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

const std::string& type_of(const request& what) { return what.path[0]; }
const std::string& id_of(const request& what) { return what.path[1]; }

reply search_get(repository& in, const request& what) {
  return type_of(what) == "AuditEvent" ? audit_event(in, what, {})
                                       : search_type(in, what, type_of(what), what.query);
}

reply search_post(repository& in, const request& what) {
  const auto type = what.headers.find("content-type");
  if (!what.body.empty() && type != what.headers.end() &&
      media_type(type->second) != "application/x-www-form-urlencoded")
    return refusal(415, "not-supported", "searches are posted as application/x-www-form-urlencoded");
  auto form = decode_query(what.body);
  if (!form) return refusal(400, "invalid", "the form is not encoded well");
  request asked = what;
  asked.query.insert(asked.query.end(), form->begin(), form->end());
  asked.body.clear();
  return search_get(in, asked);
}

/// `Patient/7/Observation?code=x`: the same search with the patient as one more parameter.
reply search_compartment(repository& in, const request& what) {
  const auto& type = what.path[2];
  if (fhir::find_parameter(type, "patient") == nullptr || !fhir::is_id(id_of(what)))
    return refusal(404, "not-found", "no such compartment");
  if (!in.who().may(access::read, type))
    return refusal(403, "forbidden", "this key may not read resources of this type");
  auto params = what.query;
  params.insert(params.begin(), {"patient", "Patient/" + id_of(what)});
  return type == "AuditEvent" ? refusal(404, "not-found", "no such compartment")
                              : search_type(in, what, type, params);
}

reply read_one(repository& in, const request& what) {
  return type_of(what) == "AuditEvent" ? audit_event(in, what, id_of(what))
                                       : read(in, what, type_of(what), id_of(what));
}

constexpr interaction table[] = {
  {"GET", "{type}/{id}", "read", access::read, true, "", read_one},
  {"GET", "{type}/{id}/_history/{vid}", "vread", access::read, false, "",
   [](repository& in, const request& what) {
     return vread(in, what, type_of(what), id_of(what), what.path[3]);
   }},
  {"GET", "{type}/{id}/_history", "history-instance", access::read, false, "",
   [](repository& in, const request& what) { return history(in, what, type_of(what), id_of(what)); }},
  {"GET", "{type}/_history", "history-type", access::read, false, "",
   [](repository& in, const request& what) { return history(in, what, type_of(what), {}); }},
  {"GET", "{type}", "search-type", access::read, true, "", search_get},
  {"POST", "{type}/_search", "", access::read, true, "", search_post},
  {"GET", "{type}/{id}/{other}", "", access::read, false, "Patient", search_compartment},
  {"POST", "{type}", "create", access::write, false, "",
   [](repository& in, const request& what) { return create(in, what, type_of(what)); }},
  {"PUT", "{type}/{id}", "update", access::write, false, "",
   [](repository& in, const request& what) { return update(in, what, type_of(what), id_of(what)); }},
  {"PUT", "{type}", "", access::write, false, "",
   [](repository& in, const request& what) { return conditional_update(in, what, type_of(what)); }},
  {"DELETE", "{type}/{id}", "delete", access::write, false, "",
   [](repository& in, const request& what) { return remove(in, what, type_of(what), id_of(what)); }},
  {"GET", "{type}/{id}/$everything", "$everything", access::read, false, "Patient",
   [](repository& in, const request& what) { return everything(in, what, id_of(what)); }},
  {"POST", "{type}/$validate", "$validate", access::read, true, "",
   [](repository&, const request& what) { return validate_operation(what, type_of(what)); }},
  {"POST", "{type}/{id}/$validate", "", access::read, true, "",
   [](repository&, const request& what) { return validate_operation(what, type_of(what)); }},
  {"GET", "metadata", "", access::read, false, "-",
   [](repository& in, const request& what) { return metadata(what, in.around()); }},
  {"POST", "", "transaction", access::write, false, "-",
   [](repository& in, const request& what) { return bundle(in, what); }},
};

bool fits(std::string_view pattern, const std::vector<std::string>& path) {
  size_t at = 0;
  while (!pattern.empty()) {
    const auto slash = pattern.find('/');
    const auto part = pattern.substr(0, slash);
    if (at == path.size()) return false;
    const auto& said = path[at++];
    const bool free = part == "{type}" || part == "{id}" || part == "{vid}"
      ? !said.starts_with('_') && !said.starts_with('$')
      : part == "{other}" && is_served(said);
    if (!free && part != said) return false;
    pattern = slash == pattern.npos ? std::string_view() : pattern.substr(slash + 1);
  }
  return at == path.size();
}

bool of_system(const interaction& one) noexcept { return one.only_type == "-"; }

const interaction* find(const request& what, bool& other_method, std::string& allowed) {
  const std::string_view method = what.method == "HEAD" ? std::string_view("GET")
                                                        : std::string_view(what.method);
  for (const auto& each : table) {
    if (!fits(each.path, what.path) || (!of_system(each) && !applies(each, what.path[0]))) continue;
    if (each.method == method) return &each;
    other_method = true;
    allowed += (allowed.empty() ? "" : ", ") + std::string(each.method) +
      (each.method == "GET" ? ", HEAD" : "");
  }
  return nullptr;
}

std::string template_of(const request& what, const interaction* one) {
  std::string out = "/fhir/r4";
  if (one == nullptr) return out + "/other";
  auto path = std::string(one->path);
  if (path.starts_with("{type}")) path.replace(0, 6, what.path[0]);
  if (const auto other = path.find("{other}"); other != path.npos) path.replace(other, 7, what.path[2]);
  return path.empty() ? out : out + "/" + path;
}

reply unknown(const request& what, bool other_method, const std::string& allowed) {
  if (other_method) {
    auto out = refusal(405, "not-supported", "this address does not take this method");
    out.headers.emplace_back("Allow", allowed);
    return out;
  }
  const auto& path = what.path;
  const bool of_type = !path.empty() && !path[0].starts_with('_') && !path[0].starts_with('$');
  if (of_type && !is_served(path[0]))
    return refusal(404, "not-supported", "resources of this type are not served here");
  if (!path.empty() && path.back().starts_with('$'))
    return refusal(501, "not-supported", "there is no such operation here");
  if (path.empty() || path[0].starts_with('_'))
    return refusal(501, "not-supported", "this server searches and keeps histories by type");
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

reply answer(const interaction* one, const request& what, const grant& who, ports::record_session& with,
             const surroundings& around, bool other_method, const std::string& allowed) {
  if (one == nullptr) return unknown(what, other_method, allowed);
  if (!wants_json(what)) return refusal(406, "not-supported", "answers are application/fhir+json");
  // Writes of bundles are asked entry by entry; validation shows nothing that is kept.
  if (!of_system(*one) && one->code != "$validate" && !one->path.ends_with("$validate") &&
      !who.may(one->needs, what.path[0]))
    return refusal(403, "forbidden",
                   one->needs == access::read ? "this key may not read resources of this type"
                                              : "this key may not write resources of this type");
  repository in(with, who, around);
  return one->answer(in, what);
}

} // namespace

std::span<const interaction> interactions() noexcept { return table; }

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

bool is_served(std::string_view type) noexcept {
  const auto all = fhir::served_types();
  return type == "AuditEvent" || std::find(all.begin(), all.end(), type) != all.end();
}

bool applies(const interaction& what, std::string_view type) noexcept {
  if (!is_served(type)) return false;
  if (!what.only_type.empty()) return what.only_type == type;
  return type != "AuditEvent" || what.audit_too;
}

bool only_reads(const request& what) noexcept {
  if (what.method == "GET" || what.method == "HEAD") return true;
  return what.method == "POST" && what.path.size() == 2 &&
    (what.path[1] == "_search" || what.path[1] == "$validate");
}

void expect(const request& what, const grant& who, ports::record_session& with) {
  if ((what.method != "GET" && what.method != "HEAD") || what.path.empty() || what.path[0] == "AuditEvent" ||
      !is_served(what.path[0]))
    return;
  const auto& type = what.path[0];
  if (!who.may(access::read, type)) return;
  if (is_search(what)) {
    const auto read = fhir::read_query(type, what.query, lenient(what));
    if (!fhir::has_error(read.faults)) expect_search(with, read.value, who, {});
    return;
  }
  if (what.path.size() != 2 || what.path[1].starts_with('_')) return;
  if (const auto at = fhir::place_of(type, what.path[1])) with.expect(rows_of(at->of, type, {at->key}));
}

reply handle(const request& what, const grant& who, ports::record_session& with, const surroundings& around) {
  bool other_method = false;
  std::string allowed;
  const auto* one = find(what, other_method, allowed);
  auto out = answer(one, what, who, with, around, other_method, allowed);
  out.path_template = template_of(what, one);
  return out;
}

} // namespace aorta::rest
