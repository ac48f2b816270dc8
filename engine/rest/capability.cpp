// The CapabilityStatement: what the tables of interactions, types and parameters say, and nothing else (FHIR
// R4 CapabilityStatement; SMART App Launch, "Declaring support for OAuth2 endpoints").
#include "engine/rest/interactions.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace aorta::rest {
namespace {

/// Bulk Data Access 2.0.
constexpr std::string_view bulk_definitions = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/",
                           definitions = "http://hl7.org/fhir/OperationDefinition/";

using fhir::document;
using fhir::node;

bool has(std::string_view type, std::string_view method, std::string_view path) {
  const auto all = interactions();
  return std::any_of(all.begin(), all.end(), [&](const interaction& each) {
    return each.is.method == method && each.is.path == path && applies(each, type);
  });
}

void add_code(document& into, node& list, std::string_view code) {
  into.add(*into.push(list, into.object()), "code", into.literal(code));
}

void add_parameter(document& into, node& list, const fhir::search_parameter& what) {
  auto* one = into.push(list, into.object());
  into.add(*one, "name", into.literal(what.name));
  into.add(*one, "definition", "http://hl7.org/fhir/SearchParameter/" + std::string(what.definition));
  into.add(*one, "type", into.literal(name(what.type)));
}

/// `Type:parameter` of the references that may name a type; a reference that may name any is told under
/// none: it can be asked for all the same.
const std::multimap<std::string_view, std::string>& references_by_target() {
  static const auto all = [] {
    std::multimap<std::string_view, std::string> out;
    for (const auto source : fhir::served_types())
      for (const auto& each : fhir::parameters_of(source))
        for (auto rest = each.targets; !rest.empty();) {
          const auto comma = rest.find(',');
          out.emplace(rest.substr(0, comma), std::string(source) + ":" + std::string(each.name));
          rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
        }
    return out;
  }();
  return all;
}

void add_includes(document& into, node& resource, std::string_view type) {
  auto* forward = into.array();
  into.push(*forward, into.literal("*"));
  for (const auto& each : fhir::parameters_of(type))
    if (each.type == fhir::parameter_type::reference)
      into.push(*forward, into.string(std::string(type) + ":" + std::string(each.name)));
  if (forward->size > 1) into.add(resource, "searchInclude", forward);
  auto* backward = into.array();
  for (auto [at, end] = references_by_target().equal_range(type); at != end; ++at)
    into.push(*backward, into.literal(at->second));
  if (backward->size > 0) into.add(resource, "searchRevInclude", backward);
}

void add_operation(document& into, node& list, std::string_view name, std::string definition) {
  auto* one = into.push(list, into.object());
  into.add(*one, "name", into.literal(name));
  into.add(*one, "definition", definition);
}

void add_operations(document& into, node& resource, std::string_view type) {
  auto* list = into.array();
  for (const auto& each : interactions()) {
    if (!each.code.starts_with('$') || !applies(each, type)) continue;
    const auto operation = each.code.substr(1);
    const auto of = types_of(each).size() > 1 ? "Resource" : types_of(each).front();
    add_operation(into, *list, operation,
                  operation == "export"
                    ? std::string(bulk_definitions) + "patient-export"
                    : std::string(definitions) + std::string(of) + "-" + std::string(operation));
  }
  if (list->size > 0) into.add(resource, "operation", list);
}

void add_conditions(document& into, node& resource, std::string_view type) {
  into.add(
    resource, "versioning",
    into.literal(has(type, "GET", "/fhir/r4/{type}/{id}/_history/{vid}") ? "versioned" : "no-version"));
  if (has(type, "GET", "/fhir/r4/{type}/{id}/_history/{vid}"))
    into.add(resource, "readHistory", into.boolean(true));
  if (has(type, "PUT", "/fhir/r4/{type}/{id}")) into.add(resource, "updateCreate", into.boolean(false));
  if (has(type, "POST", "/fhir/r4/{type}")) into.add(resource, "conditionalCreate", into.boolean(true));
  if (type != "AuditEvent") into.add(resource, "conditionalRead", into.literal("full-support"));
  if (has(type, "PUT", "/fhir/r4/{type}")) into.add(resource, "conditionalUpdate", into.boolean(true));
  if (has(type, "DELETE", "/fhir/r4/{type}/{id}"))
    into.add(resource, "conditionalDelete", into.literal("single"));
  auto* policy = into.add(resource, "referencePolicy", into.array());
  into.push(*policy, into.literal("literal"));
  if (has(type, "POST", "/fhir/r4/{type}")) into.push(*policy, into.literal("enforced"));
}

void add_type(document& into, node& list, std::string_view type) {
  auto* one = into.push(list, into.object());
  into.add(*one, "type", into.literal(type));
  auto* codes = into.add(*one, "interaction", into.array());
  for (const auto& each : interactions())
    if (!each.code.empty() && !each.code.starts_with('$') && applies(each, type))
      add_code(into, *codes, each.code);
  add_conditions(into, *one, type);
  if (type != "AuditEvent") add_includes(into, *one, type);
  auto* parameters = into.add(*one, "searchParam", into.array());
  for (const auto& each : fhir::common_parameters()) add_parameter(into, *parameters, each);
  for (const auto& each : fhir::parameters_of(type)) add_parameter(into, *parameters, each);
  add_operations(into, *one, type);
}

void add_security(document& into, node& rest, const std::string& token_url) {
  auto* security = into.add(rest, "security", into.object());
  if (token_url.empty()) {
    into.add(
      *security, "description",
      into.literal("Bearer tokens: keys of the clinic. Scopes say which types may be read and written."));
    return;
  }
  auto* uris = into.push(*into.add(*security, "extension", into.array()), into.object());
  auto* token = into.push(*into.add(*uris, "extension", into.array()), into.object());
  into.add(*token, "url", into.literal("token"));
  into.add(*token, "valueUri", token_url);
  into.add(*uris, "url",
           into.literal("http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"));
  auto* service = into.push(*into.add(*security, "service", into.array()), into.object());
  auto* coding = into.push(*into.add(*service, "coding", into.array()), into.object());
  into.add(*coding, "system", into.literal("http://terminology.hl7.org/CodeSystem/restful-security-service"));
  into.add(*coding, "code", into.literal("SMART-on-FHIR"));
  into.add(
    *security, "description",
    into.literal(
      "Bearer tokens: keys of the clinic, or tokens of SMART Backend Services. Scopes say which types may be read and written."));
}

void add_system(document& into, node& rest) {
  auto* list = into.array();
  for (const auto& each : interactions()) {
    if (each.code.empty() || each.code.starts_with('$') || !types_of(each).empty()) continue;
    add_code(into, *list, each.code);
    if (each.code == "transaction") add_code(into, *list, "batch"); // one address takes both
  }
  into.add(rest, "interaction", list);
  auto* operations = into.add(rest, "operation", into.array());
  for (const auto& each : interactions())
    if (each.code.starts_with('$') && types_of(each).empty())
      add_operation(into, *operations, each.code.substr(1),
                    each.code == "$export"
                      ? std::string(bulk_definitions) + "export"
                      : std::string(definitions) + "Resource-" + std::string(each.code.substr(1)));
  auto* compartments = into.add(rest, "compartment", into.array());
  for (const auto each : {"patient", "encounter", "practitioner", "relatedPerson", "device"})
    into.push(*compartments, into.string("http://hl7.org/fhir/CompartmentDefinition/" + std::string(each)));
}

node* statement(document& into, const surroundings& around) {
  auto* out = into.object();
  const auto today = around.clock != nullptr ? around.clock->now() : timestamp{};
  into.add(*out, "resourceType", into.literal("CapabilityStatement"));
  into.add(*out, "status", into.literal("active"));
  into.add(*out, "date", to_iso(std::chrono::floor<std::chrono::days>(today)).substr(0, 10));
  into.add(*out, "kind", into.literal("instance"));
  auto* software = into.add(*out, "software", into.object());
  into.add(*software, "name", into.literal("aorta"));
  if (!around.version.empty()) into.add(*software, "version", around.version);
  auto* implementation = into.add(*out, "implementation", into.object());
  into.add(*implementation, "description", into.literal("The clinic's records"));
  into.add(*implementation, "url", around.base);
  into.add(*out, "fhirVersion", into.literal("4.0.1"));
  auto* formats = into.add(*out, "format", into.array());
  into.push(*formats, into.literal("json"));
  into.push(*formats, into.literal("application/fhir+json"));
  auto* patches = into.add(*out, "patchFormat", into.array());
  for (const auto each : {"application/json-patch+json", "application/fhir+json"})
    into.push(*patches, into.literal(each));
  auto* rest = into.push(*into.add(*out, "rest", into.array()), into.object());
  into.add(*rest, "mode", into.literal("server"));
  add_security(into, *rest, around.token_url);
  auto* resources = into.add(*rest, "resource", into.array());
  for (const auto type : fhir::served_types())
    if (type != "AuditEvent") add_type(into, *resources, type);
  add_type(into, *resources, "AuditEvent");
  add_system(into, *rest);
  return out;
}

std::string made(const request& what, const surroundings& around) {
  document into;
  return body_of(what, *statement(into, around));
}

/// Whether the client asks for another form than everybody.
bool shaped(const request& what) {
  return std::any_of(what.query.begin(), what.query.end(),
                     [](const auto& each) { return each.first != "mode" && each.first != "_format"; });
}

/// It is the same for everybody, and has hundreds of kilobytes: made once a day for each name of the server.
std::string as_ever(const surroundings& around) {
  const auto today = around.clock != nullptr ? std::chrono::floor<std::chrono::days>(around.clock->now())
                                             : std::chrono::sys_days{};
  const std::array key{around.base, around.token_url, around.version};
  struct kept {
    std::array<std::string, 3> key;
    std::chrono::sys_days day;
    std::string text;
  };
  static std::mutex lock;
  static std::optional<kept> last;
  const std::lock_guard hold(lock);
  if (!last || last->key != key || last->day != today) last = kept{key, today, made({}, around)};
  return last->text;
}

} // namespace

reply metadata(const request& what, const surroundings& around) {
  if (!wants_json(what)) return refusal(406, "not-supported", "answers are application/fhir+json");
  for (const auto& [name, value] : what.query) {
    if (name != "mode" || value == "full" || value == "normative") continue;
    return value == "terminology"
      ? refusal(400, "not-supported", "this server offers no terminology services", "mode")
      : refusal(400, "value", "mode is full, normative or terminology", "mode");
  }
  reply out;
  out.body = shaped(what) ? made(what, around) : as_ever(around);
  return out;
}

} // namespace aorta::rest
