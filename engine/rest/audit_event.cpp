// Rows of security_audit as AuditEvents, newest first (FHIR R4 AuditEvent).
#include "engine/base/base64.hpp"
#include "engine/fhir/validate.hpp"
#include "engine/rest/interactions.hpp"
#include "engine/rest/live.hpp"
#include "engine/rest/paging.hpp"
#include "engine/rest/search_steps.hpp"
#include "engine/rest/versions.hpp"

#include <algorithm>
#include <set>

namespace aorta::rest {
namespace {

using fhir::document;
using fhir::node;

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (slash != 0) out.emplace_back(path.substr(0, slash));
    path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
  }
  return out;
}

/// `Patient/7` of `/fhir/r4/Patient/7/_history`; empty when no resource is named.
std::string resource_of(std::string_view path) {
  auto parts = segments(path);
  if (parts.size() > 2 && parts[0] == "fhir") parts.erase(parts.begin(), parts.begin() + 2);
  if (parts.size() < 2 || !is_served(parts[0]) || !fhir::is_id(parts[1]) || parts[1].starts_with('_'))
    return {};
  return parts[0] + "/" + parts[1];
}

void add_coding(document& into, node& to, std::string_view member, std::string_view system,
                std::string_view code) {
  auto* coding = into.add(to, member, into.object());
  into.add(*coding, "system", into.literal(system));
  into.add(*coding, "code", into.literal(code));
}

/// Of audit-event-action. Where no row of FHIR's takes the access, its method tells.
std::string_view action_of(std::string_view interaction, std::string_view method) {
  if (interaction == "create") return "C";
  if (interaction == "read" || interaction == "vread" || interaction.starts_with("history")) return "R";
  return method == "PUT" || method == "PATCH" ? "U" : method == "DELETE" ? "D" : "E";
}

void add_agent(document& into, node& event, const ports::audit_entry& what) {
  auto* agent = into.push(*into.add(event, "agent", into.array()), into.object());
  if (!what.actor.empty()) into.add(*agent, "name", what.actor);
  into.add(*agent, "requestor", into.boolean(true));
  if (what.peer.empty()) return;
  auto* network = into.add(*agent, "network", into.object());
  into.add(*network, "address", what.peer);
  into.add(*network, "type", into.literal("2"));
}

void add_entity(document& into, node& list, const std::string& reference, bool person) {
  auto* one = into.push(list, into.object());
  into.add(*into.add(*one, "what", into.object()), "reference", reference);
  add_coding(into, *one, "type", "http://terminology.hl7.org/CodeSystem/audit-entity-type",
             person ? "1" : "2");
  add_coding(into, *one, "role", "http://terminology.hl7.org/CodeSystem/object-role", person ? "1" : "4");
}

/// Criteria and texts may name others than the patient to whom a caller is bound: they are for those who read
/// the audit of the clinic.
node* event_of(document& into, const ports::audit_entry& what, const grant& reader) {
  // What was searched for names people: whoever may not read them may not read it here.
  const bool tells_all = !reader.patient && reader.may(access::read, "Patient");
  const auto interaction = interaction_of(what.method, segments(what.resource));
  auto* out = into.object();
  into.add(*out, "resourceType", into.literal("AuditEvent"));
  into.add(*out, "id", what.id);
  auto* meta = into.add(*out, "meta", into.object());
  into.add(*meta, "versionId", into.literal("1"));
  into.add(*meta, "lastUpdated", to_iso(what.at));
  add_coding(into, *out, "type", "http://terminology.hl7.org/CodeSystem/audit-event-type", "rest");
  if (!interaction.empty()) {
    auto* kind = into.push(*into.add(*out, "subtype", into.array()), into.object());
    into.add(*kind, "system", into.literal("http://hl7.org/fhir/restful-interaction"));
    into.add(*kind, "code", into.literal(interaction));
  }
  into.add(*out, "action", into.literal(action_of(interaction, what.method)));
  into.add(*out, "recorded", to_iso(what.at));
  into.add(*out, "outcome", into.literal(what.outcome < "400" ? "0" : what.outcome < "500" ? "4" : "8"));
  into.add(*out, "outcomeDesc",
           tells_all && !what.fault.empty() ? what.outcome + " " + what.fault : what.outcome);
  add_agent(into, *out, what);
  auto* source = into.add(*out, "source", into.object());
  into.add(*into.add(*source, "observer", into.object()), "display", into.literal("aorta"));
  auto* entities = into.array();
  const auto named = resource_of(what.resource);
  const auto patient = what.patient ? "Patient/" + std::to_string(*what.patient) : std::string();
  if (!patient.empty()) add_entity(into, *entities, patient, true);
  if (!named.empty() && named != patient) add_entity(into, *entities, named, named.starts_with("Patient/"));
  auto* address = into.push(*entities, into.object());
  if (tells_all && !what.criteria.empty()) {
    add_coding(into, *address, "type", "http://terminology.hl7.org/CodeSystem/audit-entity-type", "2");
    add_coding(into, *address, "role", "http://terminology.hl7.org/CodeSystem/object-role", "24"); // Query
  }
  into.add(*address, "description", what.method + " " + what.resource);
  if (tells_all && !what.criteria.empty()) into.add(*address, "query", base64::encode(what.criteria));
  into.add(*out, "entity", entities);
  return out;
}

reply one_event(repository& in, const request& what, const std::string& id) {
  if (!uuid_from_text(id)) return not_found();
  auto page = in.session().access().audits(in.who().clinic, in.who().patient, id, {}, {}, {}, 1);
  if (!page) return refusal(page.error());
  if (page->items.empty()) return not_found();
  document into;
  reply out;
  out.about = page->items[0].patient;
  add_validators(out, "1", page->items[0].at);
  out.body = body_of(what, *event_of(into, page->items[0], in.who()));
  return out;
}

struct page_of_events {
  std::vector<node*> all;
  std::string next;
  std::set<std::optional<model::patient_id>> patients;
};

/// One page of the store, or more while none of its rows match.
result<page_of_events> find_events(repository& in, document& into, const fhir::query& query,
                                   std::string after, int limit) {
  const auto by = fhir::narrow(query, in.around().base);
  page_of_events out;
  auto patient = in.who().patient;
  if (by.patients.size() == 1 && !patient) patient = by.patients[0];
  if (by.no_match) return out;
  const fhir::match_context with{in.around().base,
                                 in.around().clock != nullptr ? in.around().clock->now() : timestamp{}};
  for (int looked_at = 0; out.all.empty(); looked_at += limit) {
    if (looked_at > in.around().most_scanned)
      return too_costly(
        "this search would look at too many events; ask more narrowly, as by date or patient");
    auto page = in.session().access().audits(
      in.who().clinic, patient, by.ids.size() == 1 ? by.ids[0] : std::string(), by.from, by.to, after, limit);
    if (!page) return page.error();
    for (const auto& each : page->items) {
      auto* event = event_of(into, each, in.who());
      if (!std::all_of(query.all.begin(), query.all.end(),
                       [&](const fhir::criterion& one) { return fhir::matches(*event, one, with); }))
        continue;
      out.all.push_back(event);
      out.patients.insert(each.patient);
    }
    out.next = after = page->next;
    if (after.empty()) break;
  }
  return out;
}

bool newest_first(const fhir::query& query) {
  return query.sort.empty() ||
    (query.sort.size() == 1 && query.sort[0].descending &&
     (query.sort[0].what->name == "date" || query.sort[0].what->name == "_lastUpdated"));
}

} // namespace

reply audit_event(repository& in, const request& what, const std::string& id) {
  if (!id.empty()) return one_event(in, what, id);
  auto read = fhir::read_query("AuditEvent", what.query, lenient(what));
  if (fhir::has_error(read.faults)) return refusal(400, read.faults);
  const auto& query = read.value;
  if (!newest_first(query)) return refusal(400, "not-supported", "events are sorted by -date only", "_sort");
  if (!query.includes.empty())
    return refusal(400, "not-supported", "events include no other resources", "_include");
  if (query.want_total == fhir::query::total::accurate || query.brief == fhir::query::summary::count)
    return refusal(422, "too-costly", "events are not counted", "_total");
  if (std::any_of(query.all.begin(), query.all.end(),
                  [](const fhir::criterion& each) { return !each.chained.empty(); }))
    return refusal(400, "not-supported", "searches of events are not chained");
  std::string after;
  if (!query.cursor.empty()) {
    auto position = unseal(question_of(query), query.cursor);
    if (!position)
      return refusal(400, "invalid", "this cursor was changed or belongs to another search", "_cursor");
    after = std::move(*position);
  }
  document into;
  auto page = find_events(
    in, into, query, std::move(after),
    std::clamp(query.count.value_or(in.around().default_count), 1, in.around().most_count));
  if (!page) return search_refusal(page.error());
  auto* bundle = bundle_of(into, "searchset");
  const auto url = in.around().base + "/AuditEvent";
  add_link(into, *bundle, "self", link_of(url, query.applied, query.cursor));
  if (!page->next.empty())
    add_link(into, *bundle, "next", link_of(url, query.applied, seal(question_of(query), page->next)));
  for (auto* each : page->all) {
    const auto full_url = url + "/" + std::string(each->str("id"));
    add_entry(into, *bundle, full_url, each, "match");
  }
  if (!query.warnings.empty()) add_entry(into, *bundle, {}, fhir::outcome(into, query.warnings), "outcome");
  reply out;
  if (page->patients.size() == 1) out.about = *page->patients.begin();
  out.body = body_of(what, *bundle);
  return out;
}

} // namespace aorta::rest
