// Encounter and Appointment.
#include "engine/base/clock.hpp"
#include "engine/fhir/map_parts.hpp"

#include <array>
#include <charconv>

namespace aorta::fhir {
namespace {

constexpr sv no_information = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor",
             taking_part = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
             visit_kind = "urn:aorta:appointment-type";

constexpr std::array encounter_states{
  word_pair{"planned", "planned"}, word_pair{"in_progress", "in-progress"},
  word_pair{"completed", "finished"}, word_pair{"cancelled", "cancelled"}, word_pair{"no_show", "cancelled"}};
constexpr std::array encounter_types{word_pair{"outpatient", "AMB"}, word_pair{"inpatient", "IMP"},
                                     word_pair{"emergency", "EMER"}, word_pair{"telehealth", "VR"},
                                     word_pair{"home_visit", "HH"},  word_pair{"inpatient", "ACUTE"},
                                     word_pair{"inpatient", "NONAC"}};
constexpr std::array encounter_class_names{
  word_pair{"AMB", "ambulatory"}, word_pair{"IMP", "inpatient encounter"}, word_pair{"EMER", "emergency"},
  word_pair{"VR", "virtual"}, word_pair{"HH", "home health"}};

constexpr std::array appointment_states{
  word_pair{"scheduled", "booked"},      word_pair{"confirmed", "booked"},
  word_pair{"checked_in", "checked-in"}, word_pair{"in_progress", "checked-in"},
  word_pair{"completed", "fulfilled"},   word_pair{"cancelled", "cancelled"},
  word_pair{"no_show", "noshow"},        word_pair{"checked_in", "arrived"}};

node* class_of(maker& m, sv type) {
  const auto code = code_of(encounter_types, type);
  if (code.empty()) return m.coding(no_information, "UNK", "unknown");
  return m.coding(system_of::act, code, code_of(encounter_class_names, code));
}

void put_period(maker& m, node& to, const record& row) {
  node* period = m.d.object();
  const auto start = row.text("actual_start"), end = row.text("actual_end"),
             planned = row.text("scheduled_start");
  const bool ahead = row.text("status") == "planned" && start.empty();
  const auto& begin = ahead ? planned : start;
  m.time(*period, "start", begin);
  timestamp from, until;
  if (!(from_iso(begin, from) && from_iso(end, until) && until < from)) m.time(*period, "end", end); // per-1
  if (period->size > 0) m.d.add(to, "period", period);
  if (!ahead) m.extend(to, "scheduled-start", "valueDateTime", planned);
}

/// A JSON list of codes or of objects with a code and words. They are no items of the problem list, so that
/// each is a Condition in the encounter.
void put_diagnoses(maker& m, node& to, const record& row) {
  const auto json = row.text("diagnoses");
  if (json.empty()) return;
  const auto read = document::parse("{\"all\":" + json + "}");
  const auto* list = read ? read->root->get("all") : nullptr;
  size_t number = 0;
  for (const auto* each = list && list->is_array() ? list->first : nullptr; each; each = each->next) {
    auto code = each->is_string() ? each->text : each->str("code");
    if (code.empty()) code = each->str("icd10_code");
    node* what = m.codeable({m.coding(system_of::icd10, code)}, each->str("description"));
    if (!what) continue;
    const auto id = "diagnosis-" + std::to_string(++number);
    node* condition = m.resource("Condition", id);
    m.item(*condition, "category",
           m.codeable({m.coding("http://terminology.hl7.org/CodeSystem/condition-category",
                                "encounter-diagnosis", "Encounter Diagnosis")}));
    m.d.add(*condition, "code", what);
    m.refer_subject(*condition, row);
    m.item(to, "contained", condition);
    node* reference = m.d.object();
    m.d.add(*reference, "reference", m.d.string("#" + id));
    m.text(*reference, "display", each->str("description").empty() ? code : each->str("description"));
    node* diagnosis = m.d.object();
    m.d.add(*diagnosis, "condition", reference);
    m.item(to, "diagnosis", diagnosis);
  }
}

void put_attending(maker& m, node& to, const record& row) {
  node* who = m.reference("Practitioner", row.text("attending_physician_id"));
  if (!who) return;
  node* out = m.d.object();
  m.item(*out, "type", m.codeable({m.coding(taking_part, "ATND", "attender")}));
  m.d.add(*out, "individual", who);
  m.item(to, "participant", out);
}

void put_referral(maker& m, node& to, const record& row) {
  node* id = m.identifier(system_of::referral, row.text("gesy_referral_id"));
  if (!id) return;
  node* out = m.d.object();
  m.d.add(*out, "type", "ServiceRequest");
  m.d.add(*out, "identifier", id);
  m.item(to, "basedOn", out);
}

void put_location(maker& m, node& to, const record& row) {
  node* place = m.reference("Location", {}, row.text("location"));
  if (!place) return;
  node* out = m.d.object();
  m.d.add(*out, "location", place);
  m.item(to, "location", out);
}

void read_encounter_times(const node& from, record& row) {
  const auto* period = from.get("period");
  const auto* planned = extension_of(from, "scheduled-start");
  const auto start = period ? period->str("start") : sv();
  if (planned) row.set("scheduled_start", column_time(planned->str("valueDateTime")));
  row.set(from.str("status") == "planned" && !planned ? "scheduled_start" : "actual_start",
          instant_in(start));
  row.set("actual_end", instant_in(period ? period->str("end") : sv()));
}

void read_encounter_people(const node& from, record& row) {
  const auto* list = from.get("participant");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (has_code(each->get("type"), taking_part, "ATND") && !row[sv("attending_physician_id")])
      row.set("attending_physician_id", number_in(each->get("individual"), "Practitioner"));
  const auto* referrals = from.get("basedOn");
  for (const auto* each = referrals ? referrals->first : nullptr; each; each = each->next)
    if (const auto* id = each->get("identifier"); id && id->str("system") == system_of::referral)
      row.set("gesy_referral_id", some(id->str("value")));
  const auto* places = from.get("location");
  if (const auto* place = places && places->size == 1 ? places->first->get("location") : nullptr)
    row.set("location", some(place->str("display")));
}

node* participant(maker& m, node* actor) {
  if (!actor) return nullptr;
  node* out = m.d.object();
  m.d.add(*out, "actor", actor);
  m.d.add(*out, "status", "accepted");
  return out;
}

int64_t minutes_of(const record& row) noexcept {
  int64_t out = 0;
  const auto text = row.text("duration_minutes");
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out > 0 && out < 100'000 ? out : 0;
}

/// app-2, app-3: both ends or none, and a state that may do without them.
void put_times(maker& m, node& to, const record& row) {
  timestamp start, end;
  const bool begins = from_iso(row.text("start_time"), start);
  bool ends = from_iso(row.text("end_time"), end);
  if (begins && !ends && minutes_of(row) > 0)
    ends = true, end = start + std::chrono::minutes{minutes_of(row)};
  if (begins && ends) {
    m.d.add(to, "start", to_iso(start));
    m.d.add(to, "end", to_iso(end));
    return;
  }
  const auto status = to.str("status");
  if (begins) { // an end that nobody knows is still an element: a visit that took place does not become a
                // proposal
    m.d.add(to, "start", to_iso(start));
    node* end_unknown = m.d.object();
    node* reason = m.d.object();
    m.d.add(*reason, "url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason");
    m.d.add(*reason, "valueCode", "unknown");
    m.item(*end_unknown, "extension", reason);
    m.d.add(to, "_end", end_unknown);
    return;
  }
  if (status == "proposed" || status == "cancelled") return;
  m.d.set(to, "status", m.d.string("proposed"));
  if (!extension_of(to, "state")) m.extend(to, "state", "valueCode", row.text("status"));
}

void read_participants(const node& from, record& row) {
  const auto* list = from.get("participant");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next) {
    const auto* actor = each->get("actor");
    if (auto id = number_in(actor, "Practitioner"); id && !row[sv("provider_id")])
      row.set("provider_id", std::move(id));
    if (auto id = number_in(actor, "Patient"); id && !row[sv("patient_id")])
      row.set("patient_id", std::move(id));
    const bool place = actor && actor->str("reference").empty() && actor->str("type") == "Location";
    if (place) row.set("location", some(actor->str("display")));
  }
}

} // namespace

/// PV1-19: whoever gave the number has no system of identifiers that we know.
void put_visit_number(maker& m, node& to, const record& row) {
  node* id = m.identifier({}, row.text("visit_number"), "VN", "Visit number");
  if (!id) return;
  node* by = m.d.object();
  if (m.text(*by, "display", row.text("visit_authority"))) m.d.add(*id, "assigner", by);
  m.item(to, "identifier", id);
}

node* encounter_resource(maker& m, const record& row, sv id) {
  node& out = *m.resource("Encounter", id);
  m.item(out, "identifier", m.identifier(system_of::claim, row.text("gesy_claim_id")));
  put_visit_number(m, out, row);
  put_state(m, out, "status", encounter_states, row.text("status"), "unknown");
  m.d.add(out, "class", class_of(m, row.text("encounter_type")));
  m.refer(out, "subject", "Patient", row, "patient_id");
  put_referral(m, out, row);
  put_attending(m, out, row);
  put_period(m, out, row);
  m.item(out, "reasonCode",
         m.codeable({m.coding({}, row.text("visit_reason_code"))}, row.text("chief_complaint")));
  put_diagnoses(m, out, row);
  put_location(m, out, row);
  m.refer(out, "serviceProvider", "Organization", row, "clinic_id");
  return &out;
}

as_row encounter_row(const node& from) {
  const auto status = read_state(from, "status", encounter_states);
  const auto* kind = from.get("class");
  const auto type = kind && kind->str("system") == system_of::act
    ? word_of(encounter_types, kind->str("code"))
    : sv();
  if (has_modifiers(from)) return only_fhir("a modifier extension changes what the encounter means");
  if (status.empty()) return only_fhir("encounters has no such state");
  if (type.empty()) return only_fhir("encounters has no such class");
  record row(model::table::encounters);
  row.set("patient_id", number_in(from.get("subject"), "Patient"));
  if (!row[sv("patient_id")]) return only_fhir("not of one of the clinic's patients");
  row.set("status", status);
  row.set("encounter_type", some(type));
  read_encounter_times(from, row);
  read_encounter_people(from, row);
  const auto* reasons = from.get("reasonCode");
  if (const auto* reason = reasons && reasons->size == 1 ? reasons->first : nullptr) {
    row.set("chief_complaint", some(text_in(reason)));
    const auto* codings = reason->get("coding");
    if (codings && codings->first) row.set("visit_reason_code", some(codings->first->str("code")));
  }
  row.set("gesy_claim_id", identifier_in(from.get("identifier"), system_of::claim));
  as_row out;
  out.row = std::move(row);
  return out;
}

node* appointment_resource(maker& m, const record& row, sv id) {
  node& out = *m.resource("Appointment", id);
  put_state(m, out, "status", appointment_states, row.text("status"), "proposed");
  put_times(m, out, row);
  m.extend(out, "cancelled-at", "valueDateTime", row.text("cancelled_at"));
  const auto status = out.str("status");
  const auto type = row.text("appointment_type");
  if (status == "cancelled") { // app-4
    if (node* why = m.codeable({}, row.text("cancellation_reason"))) m.d.add(out, "cancelationReason", why);
  } else {
    m.extend(out, "cancellation-reason", "valueString", row.text("cancellation_reason"));
  }
  const bool word = type.find(' ') == std::string::npos; // a description that came in is no code
  if (node* kind = m.codeable({word ? m.coding(visit_kind, type) : nullptr}, type))
    m.d.add(out, "appointmentType", kind);
  m.item(out, "reasonCode", m.codeable({}, row.text("reason")));
  if (minutes_of(row) > 0) m.d.add(out, "minutesDuration", m.d.number(minutes_of(row)));
  m.item(out, "participant", participant(m, m.reference("Patient", row.text("patient_id"))));
  m.item(out, "participant", participant(m, m.reference("Practitioner", row.text("provider_id"))));
  if (node* place = m.reference("Location", {}, row.text("location"))) {
    m.d.add(*place, "type", "Location");
    m.item(out, "participant", participant(m, place));
  }
  if (!out.get("participant")) {
    node* clinic = m.reference("Location", {}, "the clinic");
    m.item(out, "participant", participant(m, clinic));
  }
  return &out;
}

as_row appointment_row(const node& from) {
  const auto status = read_state(from, "status", appointment_states);
  if (has_modifiers(from)) return only_fhir("a modifier extension changes what the appointment means");
  if (status.empty()) return only_fhir("appointments has no such state");
  record row(model::table::appointments);
  read_participants(from, row);
  if (!row[sv("patient_id")]) return only_fhir("not of one of the clinic's patients");
  row.set("start_time", instant_in(from.str("start")));
  row.set("end_time", instant_in(from.str("end")));
  if (!row[sv("start_time")]) return only_fhir("an appointment without its time");
  if (const auto* minutes = from.get("minutesDuration"))
    row.set("duration_minutes", std::string(minutes->text));
  row.set("status", status);
  const auto* kind = from.get("appointmentType");
  const auto* own = coding_in(kind, visit_kind);
  row.set("appointment_type", some(own ? own->str("code") : text_in(kind)));
  const auto* reasons = from.get("reasonCode");
  if (reasons && reasons->size == 1) row.set("reason", some(text_in(reasons->first)));
  row.set("cancellation_reason", some(text_in(from.get("cancelationReason"))));
  if (const auto* told = extension_of(from, "cancellation-reason"))
    row.set("cancellation_reason", some(told->str("valueString")));
  if (const auto* told = extension_of(from, "cancelled-at"))
    row.set("cancelled_at", column_time(told->str("valueDateTime")));
  as_row out;
  out.row = std::move(row);
  return out;
}

} // namespace aorta::fhir
