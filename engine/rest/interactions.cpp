#include "engine/rest/interactions.hpp"

#include "engine/fhir/validate.hpp"
#include "engine/rest/bulk.hpp"
#include "engine/rest/references.hpp"
#include "engine/rest/smart.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

using http::input;
using http::kind;
using http::need;
using http::refusals;
using http::scope;

constexpr std::string_view json = "application/fhir+json", form = "application/x-www-form-urlencoded",
                           below = "/fhir/r4/";

const std::string& type_of(const request& what) { return what.path[0]; }
const std::string& id_of(const request& what) { return what.path[1]; }

reply search_get(repository& in, const request& what) {
  return type_of(what) == "AuditEvent" ? audit_event(in, what, {})
                                       : search_type(in, what, type_of(what), what.query);
}

/// The same with what the form holds among its parameters.
reply search_form(repository& in, const request& what, reply (*search)(repository&, const request&)) {
  const auto type = what.headers.find("content-type");
  if (!what.body.empty() && type != what.headers.end() && media_type(type->second) != form)
    return refusal(415, "not-supported", "searches are posted as application/x-www-form-urlencoded");
  auto sent = decode_query(what.body);
  if (!sent) return refusal(400, "invalid", "the form is not encoded well");
  request asked = what;
  asked.query.insert(asked.query.end(), sent->begin(), sent->end());
  asked.body.clear();
  return search(in, asked);
}

/// `Patient/7/Observation?code=x`: the same search with the patient as one more parameter. Other
/// compartments, and Patient's of types without a table, are what several parameters say.
reply search_compartment(repository& in, const request& what) {
  const auto &of = type_of(what), &type = what.path[2];
  const bool by_patient = of == "Patient" && !fhir::is_kept_alone(type);
  const auto* whole = by_patient ? fhir::find_parameter(type, "patient") : fhir::compartment_of(type, of);
  if (type == "AuditEvent" || whole == nullptr || !fhir::is_id(id_of(what)))
    return refusal(404, "not-found", "no such compartment");
  if (!in.who().may(access::search, type))
    return refusal(403, "forbidden", "this key may not read resources of this type");
  if (by_patient) {
    auto params = what.query;
    params.insert(params.begin(), {"patient", "Patient/" + id_of(what)});
    return search_type(in, what, type, params);
  }
  fhir::criterion within;
  within.what = whole;
  fhir::search_value one;
  one.type = of;
  one.text = id_of(what);
  within.any_of.push_back(std::move(one));
  return search_type(in, what, type, what.query, &within);
}

reply read_one(repository& in, const request& what) {
  return type_of(what) == "AuditEvent" ? audit_event(in, what, id_of(what))
                                       : read(in, what, type_of(what), id_of(what));
}

void discover(visit& on) {
  on.out = on.around.token_url.empty() ? no_tokens() : smart_configuration(on.around.token_url);
}

using types = std::vector<std::string_view>;

types kept_types() {
  const auto all = fhir::served_types();
  return {all.begin(), all.end()};
}

types all_types() {
  auto out = kept_types();
  out.push_back("AuditEvent"); // never written, and without history
  return out;
}

input type(types of) { return {"type", "The type of resource.", need::required, kind::text, std::move(of)}; }

const input id = {"id", "The resource's id.", need::required, kind::id};
const input pretty = {"_pretty", "Write the answer for people.", need::optional, kind::flag};
const input summary = {"_summary",
                       "Only a part of each resource (FHIR R4 3.1.1.5.8).",
                       need::optional,
                       kind::text,
                       {"true", "text", "data", "count", "false"}};
const input elements = {"_elements", "Only these elements, and those that a resource must have."};
const input count = {"_count", "How many at most on a page; 50 when nothing is said.", need::optional,
                     kind::number};
const input cursor = {"_cursor", "What a page's link `next` has."};
const input since = {"_since", "Only what was so at this time or later."};
const input criteria = {"{parameter}",
                        "Any search parameter that the CapabilityStatement names for the type."};

http::endpoint row(std::string_view method, std::string_view path, scope may, std::string_view sentence,
                   std::vector<input> segments, std::vector<input> query, std::string_view takes = {},
                   int status = 200) {
  return {.method = method,
          .path = path,
          .segments = std::move(segments),
          .may = may,
          .sentence = sentence,
          .query = std::move(query),
          .takes = takes,
          .status = status,
          .media = status == 204 ? std::string_view() : json,
          .fails = refusals::outcome};
}

void add_reads(std::vector<interaction>& to) {
  const auto kept = type(kept_types()), all = type(all_types());
  to.push_back({{row("GET", "/fhir/r4/{type}/{id}", scope::resource_read, "Reads a resource as it is now.",
                     {all, id}, {pretty, summary, elements}),
                 [](visit& on) { on.out = read_one(on.in(), on.what); }},
                "read"});
  to.push_back(
    {{row("GET", "/fhir/r4/{type}/{id}/_history/{vid}", scope::resource_read,
          "Reads one version of a resource.",
          {kept, id, {"vid", "The version, as meta.versionId has it.", need::required, kind::id}},
          {pretty, summary, elements}),
      [](visit& on) { on.out = vread(on.in(), on.what, type_of(on.what), id_of(on.what), on.what.path[3]); }},
     "vread"});
  to.push_back(
    {{row("GET", "/fhir/r4/{type}/{id}/_history", scope::resource_read,
          "Lists the versions of a resource, the newest first.", {kept, id}, {since, count, cursor, pretty}),
      [](visit& on) { on.out = history(on.in(), on.what, type_of(on.what), id_of(on.what)); }},
     "history-instance"});
  to.push_back({{row("GET", "/fhir/r4/{type}/_history", scope::resource_read,
                     "Lists the versions of all resources of a type, the newest first.", {kept},
                     {since, count, cursor, pretty}),
                 [](visit& on) { on.out = history(on.in(), on.what, type_of(on.what), {}); }},
                "history-type"});
  to.push_back({{row("GET", "/fhir/r4/{type}", scope::resource_read, "Searches resources of a type.", {all},
                     {criteria, count, cursor, pretty, summary, elements}),
                 [](visit& on) { on.out = search_get(on.in(), on.what); }},
                "search-type"});
  to.push_back(
    {{row("POST", "/fhir/r4/{type}/_search", scope::resource_read,
          "Searches resources of a type with criteria that stand in the body, and so in no proxy's log.",
          {all}, {count, pretty}, form),
      [](visit& on) { on.out = search_form(on.in(), on.what, search_get); }},
     {},
     work::reads,
     "search-type"});
  static constexpr std::pair<std::string_view, std::string_view> compartments[] = {
    {"/fhir/r4/Patient/{id}/{other}", "Searches resources of a type that belong to one patient."},
    {"/fhir/r4/Encounter/{id}/{other}", "Searches resources of a type that belong to one encounter."},
    {"/fhir/r4/Practitioner/{id}/{other}", "Searches resources of a type that belong to one practitioner."},
    {"/fhir/r4/RelatedPerson/{id}/{other}",
     "Searches resources of a type that belong to one related person."},
    {"/fhir/r4/Device/{id}/{other}", "Searches resources of a type that belong to one device."}};
  for (const auto& [path, sentence] : compartments)
    to.push_back(
      {{row(
          "GET", path, scope::resource_read, sentence,
          {id, {"other", "The type of resource that is searched.", need::required, kind::text, all_types()}},
          {criteria, count, cursor, pretty, summary, elements}),
        [](visit& on) { on.out = search_compartment(on.in(), on.what); }},
       {},
       work::reads,
       "search-type"});
}

void add_writes(std::vector<interaction>& to) {
  const auto kept = type(kept_types());
  to.push_back({{row("POST", "/fhir/r4/{type}", scope::resource_write,
                     "Creates a resource; with If-None-Exist only where a search finds none.", {kept},
                     {pretty}, json, 201),
                 [](visit& on) { on.out = create(on.in(), on.what, type_of(on.what)); }},
                "create",
                work::writes});
  to.push_back({{row("PUT", "/fhir/r4/{type}/{id}", scope::resource_write,
                     "Changes a resource; with If-Match only where its version is still that one.",
                     {kept, id}, {pretty}, json),
                 [](visit& on) { on.out = update(on.in(), on.what, type_of(on.what), id_of(on.what)); }},
                "update",
                work::writes});
  to.push_back({{row("PUT", "/fhir/r4/{type}", scope::resource_write,
                     "Changes the one resource that a search finds, or creates it where there is none.",
                     {kept}, {criteria, pretty}, json),
                 [](visit& on) { on.out = conditional_update(on.in(), on.what, type_of(on.what)); }},
                {},
                work::writes,
                "update"});
  to.push_back({{row("DELETE", "/fhir/r4/{type}/{id}", scope::resource_write,
                     "Deletes a resource; its versions stay.", {kept, id}, {}, {}, 204),
                 [](visit& on) { on.out = remove(on.in(), on.what, type_of(on.what), id_of(on.what)); }},
                "delete",
                work::writes});
  to.push_back(
    {{row("DELETE", "/fhir/r4/{type}", scope::resource_write,
          "Deletes the one resource that a search finds; of several none.", {kept}, {criteria}, {}, 204),
      [](visit& on) { on.out = conditional_remove(on.in(), on.what, type_of(on.what)); }},
     {},
     work::writes,
     "delete"});
  to.push_back(
    {{row("PATCH", "/fhir/r4/{type}/{id}", scope::resource_write,
          "Changes parts of a resource (JSON Patch, RFC 6902, or FHIRPath Patch as Parameters); with "
          "If-Match only where its version is still that one.",
          {kept, id}, {pretty}, "application/json-patch+json"),
      [](visit& on) { on.out = patch(on.in(), on.what, type_of(on.what), id_of(on.what)); }},
     "patch",
     work::writes});
}

void add_operations(std::vector<interaction>& to) {
  const auto all = type(all_types());
  const input most = {"max", "How many of each code; 1 when nothing is said.", need::optional, kind::number},
              patient = {"patient", "Whose they are; or `subject`. One of both must be there."};
  to.push_back({{row("GET", "/fhir/r4/Observation/$lastn", scope::resource_read,
                     "Gives the newest Observations of each code of a patient or other subject.", {},
                     {patient, most, criteria, pretty}),
                 [](visit& on) { on.out = last_observations(on.in(), on.what); }},
                "$lastn"});
  to.push_back({{row("POST", "/fhir/r4/Observation/$lastn", scope::resource_read,
                     "The same; its parameters may be a Parameters resource.", {}, {pretty}, json),
                 [](visit& on) { on.out = last_observations(on.in(), on.what); }},
                {},
                work::reads,
                "operation"});
  const input profile = {"profile",
                         "The profile by which it is judged; only those of R4 itself are known: others, and "
                         "those that the resource claims, are answered 422."},
              mode = {"mode", "What it is judged for.", need::optional, kind::text, {"create", "update"}};
  to.push_back(
    {{row("POST", "/fhir/r4/$validate", scope::any_key,
          "Says what is wrong with a resource of any type, by itself or as a parameter `resource`; "
          "keeps nothing of it.",
          {}, {profile, mode, pretty}, json),
      [](visit& on) { on.out = validate_operation(on.what, {}); }},
     "$validate"});
  const auto gives_all = [&](std::string_view path, std::string_view sentence, void (*handle)(visit&)) {
    to.push_back(
      {{row("GET", path, scope::resource_read, sentence, {id}, {since, count, cursor, pretty}), handle},
       "$everything"});
    to.push_back({{row("POST", path, scope::resource_read,
                       "The same; its parameters may be a Parameters resource.", {id}, {pretty}, json),
                   handle},
                  {}, // one operation, asked in two ways
                  work::reads,
                  "operation"});
  };
  gives_all("/fhir/r4/Patient/{id}/$everything",
            "Gives a patient with all that belongs to it, as far as the key may read it.",
            [](visit& on) { on.out = everything(on.in(), on.what, id_of(on.what)); });
  gives_all("/fhir/r4/Encounter/{id}/$everything",
            "Gives an encounter with its patient, all that refers to it and what these name, as far as the "
            "key may read it.",
            [](visit& on) { on.out = encounter_everything(on.in(), on.what, id_of(on.what)); });
  to.push_back(
    {{row("POST", "/fhir/r4/{type}/$validate", scope::any_key,
          "Says what is wrong with a resource; keeps nothing of it.", {all}, {profile, mode, pretty}, json),
      [](visit& on) { on.out = validate_operation(on.what, type_of(on.what)); }},
     "$validate"});
  to.push_back({{row("POST", "/fhir/r4/{type}/{id}/$validate", scope::any_key,
                     "Says what is wrong with a resource that would stand under this id.", {all, id},
                     {profile, mode, pretty}, json),
                 [](visit& on) { on.out = validate_operation(on.what, type_of(on.what)); }},
                {},
                work::reads,
                "operation"});
}

/// Bulk Data Access 2.0.
void add_bulk(std::vector<interaction>& to) {
  const std::vector<input> wanted = {{"_type", "Only these types, with commas between."},
                                     since,
                                     {"_outputFormat", "application/fhir+ndjson."}};
  const auto begins = [&](std::string_view method, std::string_view path, std::string_view sentence,
                          void (*handle)(visit&)) {
    const bool posts = method == "POST";
    to.push_back({{row(method, path, scope::any_key, sentence, {}, posts ? std::vector<input>{} : wanted,
                       posts ? json : std::string_view(), 202),
                   handle},
                  posts ? std::string_view() : "$export", // one operation, asked in two ways
                  work::writes,
                  "operation"});
  };
  const auto of_all = [](visit& on) { on.out = export_kick_off(on.in(), on.what, false); };
  const auto of_people = [](visit& on) { on.out = export_kick_off(on.in(), on.what, true); };
  begins("GET", "/fhir/r4/$export", "Begins an export of all that the key may read, as NDJSON.", of_all);
  begins("POST", "/fhir/r4/$export", "The same, with its parameters as a Parameters resource.", of_all);
  begins("GET", "/fhir/r4/Patient/$export", "Begins an export of what belongs to patients.", of_people);
  begins("POST", "/fhir/r4/Patient/$export", "The same, with its parameters as a Parameters resource.",
         of_people);
  const input job = {"job", "The export, as Content-Location of its beginning has it.", need::required,
                     kind::id};
  auto status = row("GET", "/fhir/r4/$export/{job}", scope::any_key,
                    "How far an export is (202), or its manifest. For who began it, and for scope `admin`.",
                    {job}, {});
  status.media = "application/json";
  to.push_back(
    {{status, [](visit& on) { on.out = export_status(on.in(), on.what); }}, {}, work::reads, "operation"});
  to.push_back({{row("DELETE", "/fhir/r4/$export/{job}", scope::any_key,
                     "Ends an export and deletes its files.", {job}, {}, {}, 202),
                 [](visit& on) { on.out = export_end(on.in(), on.what); }},
                {},
                work::writes,
                "operation"});
  auto file = row("GET", "/fhir/r4/$export/{job}/{file}", scope::any_key, "One file of an export.",
                  {job, {"file", "Its number, as the manifest has it.", need::required, kind::number}}, {});
  file.media = ndjson;
  to.push_back(
    {{file, [](visit& on) { on.out = export_file(on.in(), on.what); }}, {}, work::reads, "operation"});
}

void add_system(std::vector<interaction>& to) {
  auto statement = row(
    "GET", "/fhir/r4/metadata", scope::open, "Tells what this server does: its CapabilityStatement.", {},
    {{"mode", "What is told.", need::optional, kind::text, {"full", "normative"}}, pretty});
  statement.from = http::made_of::engine;
  to.push_back({{statement, [](visit& on) { on.out = metadata(on.what, on.around); }}, {}, work::open});
  to.push_back(
    {{row("POST", "/fhir/r4", scope::any_key,
          "Does all entries of a transaction or none, or each entry of a batch by itself; each entry needs "
          "its own scope.",
          {}, {pretty}, json),
      [](visit& on) { on.out = bundle(on.in(), on.what); }},
     "transaction",
     work::writes,
     "batch"}); // its path does not tell which of both it was
  const input of_types = {"_type", "The types, with commas between: in this order they are searched.",
                          need::required};
  const input common = {"{parameter}",
                        "Any search parameter that all these types have; `_sort` and `_include` are none."};
  to.push_back(
    {{row("GET", "/fhir/r4", scope::any_key, "Searches resources of several types; each needs its own scope.",
          {}, {of_types, common, count, cursor, pretty, summary, elements}),
      [](visit& on) { on.out = search_types(on.in(), on.what); }},
     "search-system"});
  to.push_back({{row("POST", "/fhir/r4/_search", scope::any_key,
                     "Searches resources of several types with criteria that stand in the body.", {},
                     {count, pretty}, form),
                 [](visit& on) { on.out = search_form(on.in(), on.what, search_types); }},
                {},
                work::reads,
                "search-system"});
  to.push_back({{row("POST", "/fhir/r4/Bundle", scope::resource_write,
                     "Imports a document or collection: it goes the way of messages, and its route answers.",
                     {}, {pretty}, json)},
                {},
                work::route,
                "batch"});
  for (const std::string_view path :
       {"/.well-known/smart-configuration", "/fhir/r4/.well-known/smart-configuration"}) {
    auto discovery = row("GET", path, scope::open, "Tells where tokens are given and for which scopes.", {},
                         {});
    discovery.from = http::made_of::engine;
    discovery.media = "application/json";
    to.push_back({{discovery, discover}, {}, work::open});
  }
  auto token = row(
    "POST", "/auth/token", scope::open,
    "Gives a service that signs with its registered key a token for five minutes (SMART Backend "
    "Services).",
    {}, {}, form);
  token.body = {{"grant_type", "What is asked for.", need::required, kind::text, {"client_credentials"}},
                {"client_assertion_type",
                 "How the service proves itself.",
                 need::required,
                 kind::text,
                 {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}},
                {"client_assertion", "Its signed JSON web token.", need::required},
                {"scope", "The scopes that it wants, with blanks between.", need::required}};
  token.media = "application/json";
  token.fails = refusals::oauth;
  to.push_back({{token}, {}, work::token});
}

std::vector<interaction> make() {
  std::vector<interaction> out;
  add_reads(out);
  add_writes(out);
  add_operations(out);
  add_bulk(out);
  add_system(out);
  return out;
}

} // namespace

std::span<const interaction> interactions() {
  static const auto all = make();
  return all;
}

http::match<interaction> find_interaction(std::string_view method, const std::vector<std::string>& path) {
  std::vector<std::string> whole = {"fhir", "r4"};
  whole.insert(whole.end(), path.begin(), path.end());
  return http::find(interactions(), method, whole);
}

std::string_view interaction_of(std::string_view method, std::span<const std::string> path) {
  const auto* row = http::find(interactions(), method, path).taken;
  if (row == nullptr) return {};
  if (!row->like.empty()) return row->like;
  return row->code.starts_with('$') ? "operation" : row->code;
}

std::vector<std::string_view> types_of(const interaction& what) {
  for (const auto& each : what.is.segments)
    if (each.name == "type") return each.choices;
  if (!what.is.path.starts_with(below)) return {};
  auto first = what.is.path.substr(below.size());
  first = first.substr(0, first.find('/'));
  if (is_served(first)) return {first};
  return {};
}

bool applies(const interaction& what, std::string_view type) {
  const auto all = types_of(what);
  return std::find(all.begin(), all.end(), type) != all.end();
}

bool is_served(std::string_view type) noexcept {
  const auto all = fhir::served_types();
  return type == "AuditEvent" || std::find(all.begin(), all.end(), type) != all.end();
}

} // namespace aorta::rest
